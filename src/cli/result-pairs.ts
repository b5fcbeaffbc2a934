import { readJson } from "../formats/read/json/json.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { FileError, isStillpointError, type StillpointError } from "../model/errors.ts";
import { type ParseOptions, parseValue } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { readBytes } from "./bytes.ts";
import { ModelReader } from "./reading.ts";
import { readSource, resolveSources } from "./sources.ts";

/** A result as a file holds it, whatever it may be, and the model that it is of. */
export interface ResultOfModel {
  readonly model: Model;
  readonly value: unknown;
  /** For messages: the file, and where it holds several, which. */
  readonly label: string;
}

/**
 * The results of a file, each with its model: that whose digest it names, else that of its name, else the first, which
 * a check then refuses. A model that can't be read is told, and the others go on; where none can, its error is thrown.
 * Throws FileError and ModelError.
 * @param warn told of a pipe that is silent, and of models that can't be read
 */
export async function resultsOfModels(
  modelPath: string,
  resultPath: string,
  options: ReadOptions & Pick<ParseOptions, "input">,
  warn: (text: string) => void,
): Promise<ResultOfModel[]> {
  const models: Model[] = [];
  const unread: StillpointError[] = [];
  const reader = new ModelReader();
  try {
    for (const source of await resolveSources([modelPath])) {
      if ("error" in source) throw source.error;
      for (const raw of await readSource(source, { options, reader, onWait: warn })) {
        try {
          if ("error" in raw) throw raw.error;
          models.push(parseValue(raw.value, { name: raw.name, input: options.input }));
        } catch (error) {
          if (!isStillpointError(error)) throw error;
          unread.push(error);
        }
      }
    }
  } finally {
    await reader.close();
  }
  if (models.length === 0) {
    throw unread[0] ?? new FileError(modelPath, "holds no models", "Give the file that was solved.");
  }
  for (const { message } of unread) warn(message);
  const results = readJson(await readBytes(resultPath, resultPath, { onWait: warn }), resultPath, "result");
  return results.map((raw) => {
    if ("error" in raw) throw raw.error;
    const { sha256, name } = summaryOf(raw.value);
    const model =
      models.find((each) => each.sha256 === sha256) ?? models.find((each) => each.name === name) ?? models[0]!;
    const label = results.length === 1 ? resultPath : typeof name === "string" ? `${raw.name}, ${name}` : raw.name;
    return { model, value: raw.value, label };
  });
}

function summaryOf(result: unknown): Record<string, unknown> {
  return isRecord(result) && isRecord(result.model) ? result.model : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
