/** Where rooms stand in a picture: each above all that it imports, and as near as can be to what it is joined to. Pure. */
import type { Room } from "./rooms.ts";

export interface Plan {
  /** From the top down, each from left to right: names of rooms, and of places where stairs go past them. */
  floors: readonly (readonly string[])[];
  /**
   * Imports that do not follow from others: of a -> b, b -> c and a -> c, the first two. Each is the way down, from a room by way of one place on each
   * floor between to the other room.
   */
  stairs: readonly (readonly string[])[];
}

/** Turns of ordering: more change nothing in a house of this size. */
const TURNS = 24;

type ByName = ReadonlyMap<string, Room>;

/** @throws {Error} naming rooms that import each other in a circle: they have no floor. */
export function planOf(rooms: readonly Room[]): Plan {
  const byName = new Map(rooms.map((room) => [room.name, room]));
  const heights = new Map<string, number>();
  for (const room of rooms) heightOf(room, byName, heights, []);
  const top = Math.max(0, ...heights.values());
  const floors: string[][] = Array.from({ length: top + 1 }, () => []);
  for (const { name } of rooms) floors[top - (heights.get(name) as number)]?.push(name);
  const stairs = rooms.flatMap((room) =>
    neededImports(room, byName).map((to) => {
      const [above, below] = [top - (heights.get(room.name) as number), top - (heights.get(to) as number)];
      const between = Array.from({ length: below - above - 1 }, (_, i) => `${room.name} -> ${to}, floor ${above + 1 + i}`);
      for (const [i, name] of between.entries()) floors[above + 1 + i]?.push(name);
      return [room.name, ...between, to];
    }),
  );
  order(floors, stairs);
  return { floors, stairs };
}

/** Of a room that imports nothing: 0. */
function heightOf(room: Room, byName: ByName, heights: Map<string, number>, above: readonly string[]): number {
  const known = heights.get(room.name);
  if (known !== undefined) return known;
  const way = [...above, room.name];
  if (above.includes(room.name)) throw new Error(`a circle: ${way.slice(way.indexOf(room.name)).join(" -> ")}`);
  const below = room.imports.map((name) => heightOf(byName.get(name) as Room, byName, heights, way));
  const height = Math.max(-1, ...below) + 1;
  heights.set(room.name, height);
  return height;
}

function neededImports({ imports }: Room, byName: ByName): string[] {
  const further = new Set<string>();
  const gather = (name: string): void => {
    for (const next of byName.get(name)?.imports ?? []) {
      if (further.has(next)) continue;
      further.add(next);
      gather(next);
    }
  };
  for (const name of imports) gather(name);
  return imports.filter((name) => !further.has(name));
}

/** Floor by floor, down and up again, each goes to the middle of those that it is joined to (K. Sugiyama's method). */
function order(floors: string[][], stairs: Plan["stairs"]): void {
  const joined = new Map<string, string[]>(floors.flat().map((name) => [name, []]));
  for (const way of stairs)
    for (const [i, name] of way.entries()) joined.get(name)?.push(...way.slice(Math.max(0, i - 1), i), ...way.slice(i + 1, i + 2));
  const places = new Map<string, number>();
  const settle = (floor: readonly string[]): void => {
    for (const [i, name] of floor.entries()) places.set(name, (i + 0.5) / floor.length);
  };
  floors.forEach(settle);
  for (let turn = 0; turn < TURNS; turn++)
    for (const floor of turn % 2 ? [...floors].reverse() : floors) {
      const wishes = new Map(floor.map((name) => [name, mean((joined.get(name) ?? []).map((one) => places.get(one) as number))]));
      const wish = (name: string): number => wishes.get(name) ?? (places.get(name) as number);
      floor.sort((a, b) => wish(a) - wish(b) || (a < b ? -1 : 1));
      settle(floor);
    }
}

function mean(values: readonly number[]): number | undefined {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
}
