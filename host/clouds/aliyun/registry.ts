/** Products, devices and what they prove themselves with. */
import type { Database, Row } from "../../store/database.ts";
import { isDeviceName } from "./identifier.ts";
import type { DeviceNames } from "./identifier.ts";
import type { Random } from "./random.ts";
import type { TopicClass } from "./topics.ts";

/** How devices of a product prove themselves: with secrets, or with X.509 certificates or ID², which are not emulated. */
export type AuthType = "secret" | "x509" | "id2";

export interface Product {
  productKey: string;
  productSecret: string;
  authType: AuthType;
  /** Dynamic registration is switched on. */
  registration: boolean;
  /** Custom topics; absent: any. */
  topicClasses?: readonly TopicClass[];
}

export interface Device extends DeviceNames {
  deviceSecret: string;
  iotId: string;
  enabled: boolean;
  activated: boolean;
}

/** What a device may log in with that was registered without having been known before. */
export interface Login {
  clientId: string;
  deviceToken: string;
}

/** Units that may be told apart by client id under one device name (Aliyun IoT Platform, registration without pre-registration). */
const MOST_LOGINS = 5;

export class Registry {
  constructor(
    private readonly db: Database,
    private readonly random: Random,
    private readonly now: () => number,
    /** Makes a device that is not there when it is asked for: the secret of any device of that name. */
    private readonly secretOfUnknown: (names: DeviceNames) => string | undefined = () => undefined,
  ) {}

  /** @throws {Error} when it is there already. */
  addProduct(wanted: Partial<Product> = {}): Product {
    const { random } = this;
    const product = {
      productKey: random.productKey(),
      productSecret: random.productSecret(),
      authType: "secret" as const,
      registration: false,
      ...wanted,
    };
    if (!/^\w+$/.test(product.productKey)) throw new Error(`"${product.productKey}" is no product key: letters, digits and _`);
    if (this.product(product.productKey)) throw new Error(`there is a product "${product.productKey}" already`);
    const classes = product.topicClasses ? JSON.stringify(product.topicClasses) : null;
    const { productKey, productSecret, authType, registration } = product;
    this.db.run("INSERT INTO product VALUES (?, ?, ?, ?, ?, NULL)", productKey, productSecret, authType, Number(registration), classes);
    return product;
  }

  products(): Product[] {
    return this.db.all("SELECT * FROM product").map(productOf);
  }

  product(productKey: string): Product | undefined {
    const row = this.db.get("SELECT * FROM product WHERE product_key = ?", productKey);
    return row ? productOf(row) : undefined;
  }

  setRegistration(productKey: string, on: boolean): void {
    this.known(this.db.run("UPDATE product SET registration = ? WHERE product_key = ?", Number(on), productKey), `product "${productKey}"`);
  }

  /** The secret is a new one unless given. @throws {Error} when there is no such product, or the device is there already. */
  addDevice(names: DeviceNames, deviceSecret = this.random.deviceSecret(), iotId = this.random.iotId(names.productKey)): Device {
    const { productKey, deviceName } = names;
    if (!this.product(productKey)) throw new Error(`there is no product "${productKey}"`);
    if (!isDeviceName(deviceName)) throw new Error(`"${deviceName}" is no device name: letters, digits and - _ @ . :, at most 32`);
    if (this.find(names)) throw new Error(`product "${productKey}" has a device "${deviceName}" already`);
    this.db.run(
      "INSERT INTO device (product_key, device_name, device_secret, iot_id) VALUES (?, ?, ?, ?)",
      ...[productKey, deviceName, deviceSecret, iotId],
    );
    return { ...names, deviceSecret, iotId, enabled: true, activated: false };
  }

  devices(productKey: string): Device[] {
    return this.db.all("SELECT * FROM device WHERE product_key = ?", productKey).map(deviceOf);
  }

  device(names: DeviceNames): Device | undefined {
    const found = this.find(names);
    if (found) return found;
    const secret = this.secretOfUnknown(names);
    return secret === undefined ? undefined : this.addDevice(names, secret);
  }

  private find({ productKey, deviceName }: DeviceNames): Device | undefined {
    const row = this.db.get("SELECT * FROM device WHERE product_key = ? AND device_name = ?", productKey, deviceName);
    return row ? deviceOf(row) : undefined;
  }

  private update({ productKey, deviceName }: DeviceNames, set: string, ...values: (string | number | null)[]): void {
    const changed = this.db.run(`UPDATE device SET ${set} WHERE product_key = ? AND device_name = ?`, ...values, productKey, deviceName);
    this.known(changed, `device "${deviceName}" of product "${productKey}"`);
  }

  private known(changed: number, what: string): void {
    if (!changed) throw new Error(`there is no ${what}`);
  }

  setSecret(names: DeviceNames, deviceSecret: string): void {
    this.update(names, "device_secret = ?", deviceSecret);
  }

  setEnabled(names: DeviceNames, on: boolean): void {
    this.update(names, "enabled = ?", Number(on));
  }

  /** The first time counts. */
  activate(names: DeviceNames): void {
    this.update(names, "activated_ms = COALESCE(activated_ms, ?)", this.now());
  }

  /** It may register again. */
  resetActivation(names: DeviceNames): void {
    this.update(names, "activated_ms = NULL");
  }

  logMode({ productKey, deviceName }: DeviceNames): number {
    const row = this.db.get("SELECT log_mode FROM device WHERE product_key = ? AND device_name = ?", productKey, deviceName);
    return Number(row?.["log_mode"] ?? 0);
  }

  setLogMode(names: DeviceNames, mode: 0 | 1): void {
    this.update(names, "log_mode = ?", mode);
  }

  remove({ productKey, deviceName }: DeviceNames): void {
    const changed = this.db.run("DELETE FROM device WHERE product_key = ? AND device_name = ?", productKey, deviceName);
    this.known(changed, `device "${deviceName}" of product "${productKey}"`);
  }

  /** Valid for one client id. Older tokens of the device stay valid for their time. */
  addToken({ productKey, deviceName }: DeviceNames, clientId: string, validMs: number): string {
    const token = this.random.iotToken();
    this.db.atomically(() => {
      this.db.run("DELETE FROM token WHERE expires_ms <= ?", this.now());
      this.db.run("INSERT INTO token VALUES (?, ?, ?, ?, ?)", token, productKey, deviceName, clientId, this.now() + validMs);
    });
    return token;
  }

  /** Tokens of a device that are still valid. */
  tokens(iotId: string): { device: Device; clientId: string; iotToken: string }[] {
    const rows = this.db.all("SELECT * FROM token NATURAL JOIN device WHERE iot_id = ? AND expires_ms > ?", iotId, this.now());
    return rows.map((row) => ({ device: deviceOf(row), clientId: String(row["client_id"]), iotToken: String(row["iot_token"]) }));
  }

  /** The oldest ones make room. */
  addLogin({ productKey, deviceName }: DeviceNames): Login {
    const login = { clientId: this.random.clientId(), deviceToken: this.random.deviceToken() };
    const of = "product_key = ? AND device_name = ?";
    this.db.atomically(() => {
      this.db.run("INSERT INTO login VALUES (?, ?, ?, ?, ?)", login.clientId, productKey, deviceName, login.deviceToken, this.now());
      this.db.run(
        `DELETE FROM login WHERE ${of} AND client_id NOT IN (SELECT client_id FROM login WHERE ${of} ORDER BY made_ms DESC LIMIT ${MOST_LOGINS})`,
        ...[productKey, deviceName, productKey, deviceName],
      );
    });
    return login;
  }

  login({ productKey, deviceName }: DeviceNames, clientId: string): Login | undefined {
    const sql = "SELECT * FROM login WHERE product_key = ? AND device_name = ? AND client_id = ?";
    const row = this.db.get(sql, productKey, deviceName, clientId);
    return row ? { clientId, deviceToken: String(row["device_token"]) } : undefined;
  }
}

function productOf(row: Row): Product {
  const classes = row["topic_classes"];
  return {
    productKey: String(row["product_key"]),
    productSecret: String(row["product_secret"]),
    authType: row["auth_type"] as AuthType,
    registration: row["registration"] == 1,
    ...(typeof classes == "string" && { topicClasses: JSON.parse(classes) as TopicClass[] }),
  };
}

function deviceOf(row: Row): Device {
  return {
    productKey: String(row["product_key"]),
    deviceName: String(row["device_name"]),
    deviceSecret: String(row["device_secret"]),
    iotId: String(row["iot_id"]),
    enabled: row["enabled"] == 1,
    activated: row["activated_ms"] !== null,
  };
}
