import type { H5Objects, H5Values } from "./hdf5-objects.ts";

/** A type of Julia, as JLD2 describes it: its full name, and the addresses of its parameters. */
export interface JuliaType {
  readonly name: string;
  readonly parameters: readonly (number | undefined)[];
}

/**
 * The type of Julia that a committed type of the file stands for, or that an object of the type DataType describes.
 * Undefined if there is no such description. Throws FileError.
 */
export function juliaTypeOf(objects: H5Objects, address: number): JuliaType | undefined {
  const object = objects.at(address);
  const described = object.attributes.get("julia_type") ?? (object.from === undefined ? undefined : object);
  return described === undefined ? undefined : describedType(objects, described as H5Values);
}

function describedType(objects: H5Objects, { type, from, size }: H5Values): JuliaType | undefined {
  if (type.kind !== "compound" || from === undefined || size < type.size) return undefined;
  const name = type.members.find((member) => member.name === "name");
  const parameters = type.members.find((member) => member.name === "parameters");
  if (name?.type.kind !== "longText") return undefined;
  return {
    name: objects.longText(from + name.offset),
    parameters: parameters?.type.kind === "sequence" ? objects.references(from + parameters.offset) : [],
  };
}
