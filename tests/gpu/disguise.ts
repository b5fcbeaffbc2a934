/** What an adapter that is no software one says of itself. */
export const DISGUISE = { vendor: "acme", architecture: "", device: "Acme X1", description: "" };

/** The same object with some properties replaced; native methods still get the object itself. */
export function withProperties<T extends object>(object: T, properties: Readonly<Record<string, unknown>>): T {
  return new Proxy(object, {
    get(target, name) {
      if (typeof name === "string" && name in properties) return properties[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
