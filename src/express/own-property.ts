/** A property as an assignment makes it, also where somebody's prototype has the name and takes none. */
export function ownProperty(value: unknown): PropertyDescriptor {
  return { configurable: true, enumerable: true, writable: true, value }
}
