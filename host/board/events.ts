/** Listeners of one object, as `Object.on` of the interpreter keeps them. */

type Listener = (...args: unknown[]) => void;

export class Listeners {
  private lists = new Map<string, Listener[]>();

  add(event: string, listener: Listener): void {
    // A new list: one who is added while an event is told does not hear it.
    this.lists.set(event, [...(this.lists.get(event) ?? []), listener]);
  }

  remove(event: string, listener: Listener): void {
    const list = this.lists.get(event) ?? [];
    const i = list.indexOf(listener);
    if (i >= 0) this.lists.set(event, [...list.slice(0, i), ...list.slice(i + 1)]);
  }

  /** All listeners of the event, or of every event. */
  removeAll(event?: string): void {
    if (event === undefined) this.lists.clear();
    else this.lists.delete(event);
  }

  of(event: string): readonly Listener[] {
    return this.lists.get(event) ?? [];
  }

  /** An empty list counts as a listener too: `removeListener` leaves one behind, and data is then told to nobody. */
  has(event: string): boolean {
    return this.lists.has(event);
  }

  get count(): number {
    return [...this.lists.values()].reduce((sum, list) => sum + list.length, 0);
  }
}
