/**
 * Makes lib/graph/onnx_pb.ts from ONNX's own schema with protoc-gen-es. It needs Python with the packages `onnx` (which holds
 * the schema) and `grpcio-tools` (which holds protoc): `deno run -A scripts/onnx_pb.ts [python]`.
 */
const PLUGIN = "npm:@bufbuild/protoc-gen-es@2.17.0";
const TARGET = "lib/graph/onnx_pb.ts";
const python = Deno.args[0] ?? "python3";

const folder = Deno.makeTempDirSync();
try {
  generate(folder);
} finally {
  Deno.removeSync(folder, { recursive: true });
}

function generate(folder: string): void {
  const plugin = `${folder}/protoc-gen-es`;
  Deno.writeTextFileSync(plugin, `#!/bin/sh\nexec "${Deno.execPath()}" run -A --no-config --no-lock ${PLUGIN} "$@"\n`, {
    mode: 0o755,
  });
  const schema = call("-c", "import os, onnx; print(os.path.dirname(onnx.__file__))").trim();
  const version = call("-c", "import onnx; print(onnx.__version__)").trim();
  Deno.copyFileSync(`${schema}/onnx-ml.proto`, `${folder}/onnx.proto`);
  const options = ["--es_opt=target=ts", `--es_out=${folder}`, `--plugin=protoc-gen-es=${plugin}`];
  call("-m", "grpc_tools.protoc", `--proto_path=${folder}`, ...options, `${folder}/onnx.proto`);
  const text = Deno.readTextFileSync(`${folder}/onnx_pb.ts`);
  Deno.writeTextFileSync(TARGET, `// Made by scripts/onnx_pb.ts from the schema of onnx ${version}.\n${text}`);
  console.error(`wrote ${TARGET}`);
}

/** Output of the Python interpreter. */
function call(...args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(python, { args: [...args] }).outputSync();
  if (!success) throw new Error(`Cannot run ${python} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
