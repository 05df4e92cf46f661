/**
 * The whole train step beside PyTorch's on the same cores: deno run -A bench/train.ts [row]...
 *
 * Same network, batch and optimizer, cross-entropy over the same classes, eager float32, PyTorch in its default and its
 * channels-last memory format, each in a process of its own. They take turns; a ratio is the median over the turns, since only
 * ratios hold from machine to machine.
 */
import { compare } from "./_compare.ts";

await compare("train", Deno.args);
