import { MAX_DEPTH, MAX_DIMENSIONS, MAX_ENTRIES_PER_FILE } from "../budget.ts";
import type { H5Objects, H5Type } from "./hdf5-objects.ts";
import { type JuliaType, juliaTypeOf } from "./jld2-types.ts";

/** A part of a ComponentArray: where it starts in the array's data, and its shape. */
export interface Component {
  readonly name: string;
  readonly start: number;
  readonly shape: readonly number[];
}

/**
 * The parts that the axis of a ComponentArray names (ComponentArrays.jl, axis.jl). Axes have no values: what they say
 * stands in the parameters of their types, whose values are objects of their own.
 *
 * @param axes the address of the type of the axes, a tuple of one. Throws FileError for axes of another form.
 */
export function componentsOf(objects: H5Objects, axes: number): readonly Component[] {
  const reader = new AxisReader(objects);
  const types = reader.tupleTypes(axes);
  if (types.length !== 1) return objects.fail(`has a ComponentArray of ${types.length} axes`);
  reader.axis(types[0], "", 0, 0);
  return reader.components;
}

/** Positions from 0, without the end. */
interface Range {
  readonly start: number;
  readonly end: number;
}

class AxisReader {
  readonly components: Component[] = [];
  readonly #objects: H5Objects;

  constructor(objects: H5Objects) {
    this.#objects = objects;
  }

  /** The addresses of the types in a type of tuples. */
  tupleTypes(address: number | undefined): readonly (number | undefined)[] {
    const { name, parameters } = this.#type(address);
    if (lastName(name) === "Tuple") return parameters;
    if (lastName(name) !== "NTuple") return this.#objects.fail(`has ${name} where a tuple belongs`);
    // N times the same
    const count = this.#integers(parameters[0])[0] ?? 0;
    if (!(count >= 0 && count <= MAX_ENTRIES_PER_FILE)) return this.#objects.fail(`has a tuple of ${count}`);
    return new Array<number | undefined>(count).fill(parameters[1]);
  }

  /** The names of an axis, from a position of the data on. */
  axis(address: number | undefined, prefix: string, offset: number, depth: number): void {
    const { name, parameters } = this.#type(address);
    if (lastName(name) !== "Axis" || depth > MAX_DEPTH) this.#objects.fail(`has an axis of the type ${name}`);
    const tuple = this.#address(parameters[0]);
    const value = this.#objects.at(tuple);
    const type = this.#type(value.typeAddress);
    const names = this.#texts(type.parameters[0]);
    const types = this.tupleTypes(type.parameters[1]);
    if (names.length !== types.length) this.#objects.fail(`has ${names.length} names for ${types.length} parts`);
    names.forEach((key, i) => {
      const part = this.#type(types[i]);
      const kind = lastName(part.name);
      if (kind === "ViewAxis") this.#view(part, `${prefix}${key}`, offset, depth);
      else {
        const { start, end } = this.#range(this.#memberAt(value.type, value.from, key), kind);
        this.components.push({
          name: `${prefix}${key}`,
          start: offset + start,
          shape: kind === "UnitRange" ? [end - start] : [],
        });
      }
    });
  }

  /** A part with an axis of its own: a matrix, or named parts again. */
  #view({ parameters: [positions, , axis] }: JuliaType, name: string, offset: number, depth: number): void {
    const [first, last] = this.#integers(positions) as [number, number];
    const start = offset + first - 1;
    const { name: kind, parameters } = this.#type(axis);
    switch (lastName(kind)) {
      case "Axis":
        this.axis(axis, `${name}.`, start, depth + 1);
        break;
      case "ShapedAxis":
        this.components.push({ name, start, shape: this.#integers(parameters[0]) });
        break;
      case "FlatAxis":
      case "NullAxis":
        this.components.push({ name, start, shape: [(last ?? first) - first + 1] });
        break;
      default:
        this.#objects.fail(`has a part of the type ${kind}`);
    }
  }

  #address(address: number | undefined): number {
    return address ?? this.#objects.fail("leaves out a parameter of a type");
  }

  #type(address: number | undefined): JuliaType {
    return juliaTypeOf(this.#objects, this.#address(address)) ?? this.#objects.fail("has no type where one belongs");
  }

  #memberAt(type: H5Type | undefined, from: number | undefined, name: string): { type: H5Type; at: number } {
    const member = type?.kind === "compound" ? type.members.find((one) => one.name === name) : undefined;
    if (member === undefined || from === undefined) return this.#objects.fail(`has no value of ${name}`);
    return { type: member.type, at: from + member.offset };
  }

  #range({ type, at }: { type: H5Type; at: number }, kind: string): Range {
    const numbers = this.#integersAt(type, at);
    if (kind === "UnitRange" && numbers.length === 2) return { start: numbers[0]! - 1, end: numbers[1]! };
    if (/^U?Int\d+$/.test(kind) && numbers.length === 1) return { start: numbers[0]! - 1, end: numbers[0]! };
    return this.#objects.fail(`has a part of the type ${kind}`);
  }

  /** The integers in a value: an integer, a range, or a tuple of integers. */
  #integers(address: number | undefined): number[] {
    const { type, dims, from } = this.#objects.at(this.#address(address));
    if (type === undefined || from === undefined || (dims?.length ?? 0) > 0)
      return this.#objects.fail("has no integers");
    return this.#integersAt(type, from);
  }

  #integersAt(type: H5Type, at: number): number[] {
    const integer = (one: H5Type, place: number): number => {
      if (one.kind === "number" && one.element === "i64") {
        this.#objects.u64(place);
        return Number(this.#objects.view.getBigInt64(place, true));
      }
      return this.#objects.fail("has no integer where one belongs");
    };
    if (type.kind !== "compound") return [integer(type, at)];
    if (type.members.length > MAX_DIMENSIONS) return this.#objects.fail("has too many integers");
    return type.members.map((member) => integer(member.type, at + member.offset));
  }

  /** The names of a named tuple: a tuple of symbols, or a vector if there are many. */
  #texts(address: number | undefined): string[] {
    const { type, dims, from, size } = this.#objects.at(this.#address(address));
    if (type === undefined || from === undefined) return this.#objects.fail("has no names");
    if (type.kind === "compound") {
      return type.members.map((member) => {
        if (member.type.kind !== "longText") return this.#objects.fail("has names that are no texts");
        return this.#objects.longText(from + member.offset);
      });
    }
    const count = dims?.[0] ?? 1;
    if (type.kind !== "longText" || !(count * type.size <= (size ?? 0))) return this.#objects.fail("has no names");
    return Array.from({ length: count }, (_, i) => this.#objects.longText(from + i * type.size));
  }
}

/** `ComponentArrays.Axis` → `Axis` */
function lastName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
