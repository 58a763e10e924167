#!/usr/bin/env python3
"""Makes tests/fuzz/corpus: one small model per operator form of ONNX's backend suites, and what they lack.

    tests/fuzz/make_corpus.py [SUITES]      (default /usr/share/libonnx-testdata/data; needs python3-onnx)
"""
import pathlib
import re
import shutil
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LARGEST_FILE = 1500
LARGEST_CORPUS = 120_000
CORPUS = pathlib.Path(__file__).parent / "corpus"


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, array):
    return numpy_helper.from_array(np.array(array), name)


def save(name, nodes, inputs, outputs, constants=(), opset=13, extra=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), *extra], ir_version=8)
    onnx.save(model, CORPUS / f"own_{name}.onnx")


def branch(name, nodes, output):
    return helper.make_graph(nodes, name, [], [value(output, None)])


def own_models():
    """What the suites have none of: constant If, external data, quantized layers, shape arithmetic, opset 21."""
    node = helper.make_node
    inner = node("If", ["yes"], ["b"], then_branch=branch("t2", [node("Neg", ["a"], ["n"])], "n"),
                 else_branch=branch("e2", [node("Relu", ["a"], ["n"])], "n"))
    save("if", [node("Relu", ["x"], ["a"]),
                node("If", ["yes"], ["y"], then_branch=branch("t", [inner], "b"),
                     else_branch=branch("e", [node("Relu", ["a"], ["b"])], "b"))],
         [value("x", [2])], [value("y", [2])], [constant("yes", True)])
    save("shapes", [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"]),
                    node("Concat", ["n", "rest"], ["target"], axis=0), node("Reshape", ["x", "target"], ["y"])],
         [value("x", ["N", 3, 4])], [value("y", ["N", 12])],
         [constant("zero", np.int64([0])), constant("rest", np.int64([-1]))])
    save("bombs", [node("ConstantOfShape", ["s"], ["c"]), node("Expand", ["c", "s"], ["e"]),
                   node("Tile", ["e", "r"], ["t"]), node("Add", ["x", "t"], ["y"])],
         [value("x", [4])], [value("y", [4])], [constant("s", np.int64([4])), constant("r", np.int64([1]))])
    weights = constant("w", np.int8(np.arange(24).reshape(3, 2, 2, 2)))
    pair = [node("QuantizeLinear", ["x", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"], ["d"]),
            node("DequantizeLinear", ["w", "ws", "wz"], ["dw"], axis=0), node("Conv", ["d", "dw"], ["c"]),
            node("Relu", ["c"], ["r"]), node("QuantizeLinear", ["r", "s", "z"], ["p"]),
            node("DequantizeLinear", ["p", "s", "z"], ["y"])]
    constants = [constant("s", np.float32(0.1)), constant("z", np.int8(3)), weights,
                 constant("ws", np.float32([0.1, 0.2, 0.3])), constant("wz", np.int8([0, 0, 0]))]
    save("qdq", pair, [value("x", [1, 2, 5, 5])], [value("y", None)], constants)
    save("newest", [node("ReduceMean", ["x", "a"], ["m"]), node("Split", ["x"], ["p", "q"], axis=1, num_outputs=2),
                    node("Pad", ["p", "v", "", "a"], ["y"])],
         [value("x", [2, 5])], [value("y", None), value("m", None), value("q", None)],
         [constant("a", np.int64([1])), constant("v", np.int64([1, 2]))], opset=21)
    save("layers", [node("Conv", ["x", "k", "kb"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2]),
                    node("BatchNormalization", ["c", "g", "g", "g", "g"], ["b"]), node("Sigmoid", ["b"], ["s"]),
                    node("Mul", ["b", "s"], ["m"]), node("Flatten", ["m"], ["f"]), node("MatMul", ["f", "w"], ["y"])],
         [value("x", [1, 1, 4, 4])], [value("y", [1, 3])],
         [constant("k", np.ones((2, 1, 3, 3), np.float32)), constant("kb", np.ones(2, np.float32)),
          constant("g", np.ones(2, np.float32)), constant("w", np.ones((8, 3), np.float32))])
    save("codes", [node("QuantizeLinear", ["x", "s", "z"], ["q"]),
                   node("QLinearConv", ["q", "s", "z", "w", "ws", "wz", "s", "z", "b"], ["c"], "conv"),
                   node("QLinearAdd", ["q", "s", "z", "q", "s", "z", "s", "z"], ["a"], "add", domain="com.microsoft"),
                   node("QLinearConcat", ["s", "z", "a", "s", "z", "c", "s", "z"], ["j"], "join", axis=1,
                        domain="com.microsoft"),
                   node("DequantizeLinear", ["j", "s", "z"], ["y"])],
         [value("x", [1, 2, 3, 3])], [value("y", None)],
         constants[:2] + [constant("w", np.ones((2, 2, 1, 1), np.int8)), constant("ws", np.float32([0.1, 0.2])),
                          constant("wz", np.int8([0, 0])), constant("b", np.int32([5, -5]))],
         extra=[helper.make_opsetid("com.microsoft", 1)])
    save("sequences", [node("SplitToSequence", ["x"], ["s"], axis=1, keepdims=0),
                       node("SequenceConstruct", ["x", "x"], ["t"]), node("SequenceInsert", ["t", "x", "i"], ["u"]),
                       node("SequenceErase", ["u", "i"], ["v"]), node("SequenceAt", ["s", "i"], ["y"]),
                       node("SequenceLength", ["v"], ["n"]),
                       node("ConcatFromSequence", ["v"], ["z"], axis=0, new_axis=1)],
         [value("x", [2, 3])], [value("y", None), value("n", None, TensorProto.INT64), value("z", None)],
         [constant("i", np.int64(1))])
    external = onnx.load(CORPUS / "own_layers.onnx")
    tensor = external.graph.initializer[3]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in (("location", "model.onnx"), ("offset", "0"), ("length", "96")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, text
    onnx.save(external, CORPUS / "own_external.onnx")


def main():
    suites = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/libonnx-testdata/data")
    shutil.rmtree(CORPUS, ignore_errors=True)
    CORPUS.mkdir()
    own_models()
    total = sum(path.stat().st_size for path in CORPUS.iterdir())
    seen = set()
    for suite in ("node", "simple", "pytorch-operator", "pytorch-converted"):
        for path in sorted(suites.glob(f"{suite}/*/model.onnx")):
            model = onnx.load(path)
            form = tuple(sorted((node.op_type, len(node.input), tuple(sorted(a.name for a in node.attribute)))
                                for node in model.graph.node))
            size = path.stat().st_size
            if form in seen or size > LARGEST_FILE or total + size > LARGEST_CORPUS:
                continue
            seen.add(form)
            total += size
            name = re.sub(r"^test_", "", path.parent.name)
            shutil.copyfile(path, CORPUS / f"{suite}_{name}.onnx")
    print(f"{len(list(CORPUS.iterdir()))} files, {total} bytes")


if __name__ == "__main__":
    main()
