/** Inference of the same models as in train.ts beside PyTorch's in evaluation mode: deno run -A bench/infer.ts [row]... */
import { compare } from "./_compare.ts";

await compare("infer", Deno.args);
