import { type FunctionBuilder, i32, type ModuleBytes, moduleOf } from "../../wasm/assembler.ts";
import { ContractionWriter } from "./contraction-writer.ts";
import { Verdict } from "./kernel.ts";
import { writeSieve } from "./sieve-writer.ts";
import { writeSweep } from "./sweep-writer.ts";
import { layoutOf } from "./workspace.ts";

/**
 * Writes kernel.ts, contraction.ts, sweep.ts and sieve.ts as WebAssembly, operation for operation, for R dimensions and
 * L units. `enclose` takes the number of undecided units and returns 4·(the new number) + verdict; `sieve` takes the
 * numbers of undecided units and of parts.
 */
export function writeKernel(R: number, L: number): ModuleBytes<"enclose" | "sieve"> {
  return moduleOf({ enclose: writeEnclose(R, L), sieve: writeSieve(R, layoutOf(R, L)) });
}

/** `LoopKernel.propose`, which takes and returns the number of undecided units. */
export function writePropose(R: number, L: number): FunctionBuilder {
  const code = new ContractionWriter(R, L, true);
  writeSums(code);
  code.sumSquares();
  code.invert(() => code.excludeByFunctional());
  code.sumSpread();
  code.return(Verdict.KEPT);
  return code.fn;
}

function writeEnclose(R: number, L: number): FunctionBuilder {
  const code = new ContractionWriter(R, L, false);
  const { fn } = code;
  writeSums(code);
  fn.if(i32.isZero(code.left.get), () => code.return(Verdict.LINEAR));
  code.sumSquares();
  code.invert(() => {
    writeSweep(code, code.excludeByFunctional());
    code.intersect();
  });
  code.sumSpread();
  code.return(Verdict.KEPT);
  return fn;
}

/** Decides the units, and encloses G. */
function writeSums(code: ContractionWriter): void {
  code.centre();
  code.decide();
  code.sumBands();
  code.sumSlopes();
  code.excludeByRows();
}
