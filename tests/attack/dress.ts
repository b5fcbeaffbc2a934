import { add, fromNumber, ONE, subtract, toNumber } from "../../src/model/dyadic.ts";
import { asNumber, type ModelObject, secondForm, transposed } from "../corpus/build.ts";
import { definingMap, type Raw } from "../model/exact-map.ts";
import type { Plain } from "../oracle/systems.ts";
import type { Random } from "../support/random.ts";
import { wholeMatrix, wild } from "./build.ts";

/** Most units that keep the oracle's cells few where each unit has several hyperplanes. */
const MOST_UNITS = 5;

/** The constant of each kind's equation, and its sign there. */
const CONSTANT: Readonly<Record<string, readonly [key: string, sign: 1 | -1]>> = {
  first: ["hz", -1],
  second: ["h1", 1],
  latent: ["h", 1],
};

/**
 * A plain model's numbers as a model of another kind, with another activation, under input. Some get a fixed point near
 * their kinks.
 */
export function dressed(random: Random, plain: Plain): ModelObject | undefined {
  const many = random.unit() < 0.75;
  const short = many ? shortened(plain) : plain;
  const kind = random.pick(["first", "second", "continuous", "clipped", "clipped"] as const);
  let model: ModelObject = asKind(kind, kind === "clipped" ? shortened(plain) : short);
  if (many) model = { ...model, activation: activation(random, kind === "clipped") };
  if (random.unit() < 0.4)
    model = { ...model, ...input(random, plain.A.length, (kind === "clipped" ? shortened(plain) : short).U.length) };
  if (random.unit() < 0.6) model = replanted(random, short, model) ?? model;
  return numbersOf(model).every((x) => Math.abs(x) <= 2 ** 300) ? model : undefined;
}

function shortened(plain: Plain): Plain {
  return {
    ...plain,
    U: plain.U.slice(0, MOST_UNITS),
    V: plain.V.slice(0, MOST_UNITS),
    hx: plain.hx.slice(0, MOST_UNITS),
  };
}

function asKind(kind: "first" | "second" | "continuous" | "clipped", plain: Plain): ModelObject {
  const { A, U, V, hx, hz } = plain;
  if (kind === "first") return { ...plain };
  if (kind === "second") return secondForm(plain);
  if (kind === "clipped") {
    const W1 = transposed(V, A.length);
    return { kind: "clippedShPLRNN", A, W1, W2: U, h1: hz.map((x) => -x), h2: hx.map((x) => -x) };
  }
  const minusIdentity = A.map((row, i) => row.map((a, k) => (i === k ? asNumber(subtract(fromNumber(a), ONE)) : a)));
  return { kind: "continuous", A: wholeMatrix(minusIdentity) ?? A, U, V, hx, hz };
}

function activation(random: Random, few: boolean): unknown {
  const slope = () => random.pick([0, 1, 0.5, -1, 1e-20, 2 ** -300, 1 + 2 ** -52, random.real(), wild(random)]);
  const size = random.pick([1, 1, 2 ** -100, 1e30, 2 ** -1000]);
  const several = () => {
    const breakpoints = [
      ...new Set(
        random.vector(few ? 1 : random.integer(1, 3), () => size * random.pick([0, 1, -1, 1e-20, 1e20, random.real()])),
      ),
    ];
    breakpoints.sort((a, b) => a - b);
    return {
      breakpoints: breakpoints.map((x) => (x === 0 ? 0 : x)),
      slopes: random.vector(breakpoints.length + 1, slope),
    };
  };
  return random.pick(["relu", { leaky: slope() }, few ? "relu" : "hardtanh", several()]);
}

function input(random: Random, R: number, units: number): ModelObject {
  const K = random.integer(1, 2);
  const entry = random.pick([
    () => random.dyadic(1, 2),
    () => wild(random),
    () => random.pick([0, 1, 1e-20, 1e20, 1e-160]),
  ]);
  const C = random.matrix(R, K, entry);
  const Wu = random.matrix(units, K, entry);
  return { ...random.pick([{ C }, { Wu }, { C, Wu }]), s: random.vector(K, entry) };
}

/**
 * With the constant that makes a point where hyperplanes cross, or near it, a fixed point; rounded where it must be.
 */
function replanted(random: Random, { A, U, hx }: Plain, model: ModelObject): ModelObject | undefined {
  const [key, sign] = CONSTANT[model.hz !== undefined ? "first" : model.h1 !== undefined ? "second" : "latent"]!;
  const crossings = (k: number) =>
    U.flatMap((u, j) => (u[k] !== 0 && Number.isFinite(hx[j]! / u[k]!) ? [hx[j]! / u[k]!] : []));
  const z0 = A.map((_, k) => {
    const near = crossings(k);
    return near.length === 0
      ? random.integer(-2, 2)
      : random.pick(near) * random.pick([1, 2, 0.5, -1, 1 + 2 ** -52, 0]);
  });
  if (!z0.every(Number.isFinite)) return undefined;
  const change = definingMap(model as Raw, z0.map(fromNumber));
  const constants = (model[key] as readonly number[]).map((c, i) => {
    const wanted = sign > 0 ? subtract(fromNumber(c), change[i]!) : add(fromNumber(c), change[i]!);
    return toNumber(wanted);
  });
  return constants.every(Number.isFinite) ? { ...model, [key]: constants.map((x) => (x === 0 ? 0 : x)) } : undefined;
}

function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (Array.isArray(value)) return value.flatMap(numbersOf);
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(numbersOf) : [];
}
