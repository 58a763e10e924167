"""A network in int8 as ONNX Runtime runs it fastest: QuantizeLinear/DequantizeLinear around every operator, uint8
activations, int8 weights per output channel. For comparisons (networks_on_host.py); needs python3-numpy, python3-onnx.

A Clip or Relu between a convolution and the next operator goes into the range of its output, as ONNX Runtime's own
quantizer does it."""
import re

import numpy as np
import onnx
from onnx import helper, numpy_helper

WEIGHTED = {"Conv": 0, "Gemm": 0}  # the axis of output channels in their weights
# Operators whose output keeps the input's codes.
MOVING = {"Flatten", "Reshape", "MaxPool"}
OTHERS = {"Add", "Mul", "AveragePool", "GlobalAveragePool", "Concat"}
ACTIVATIONS = {"Clip", "Relu"}


def read_ranges(path):
    """{tensor: (min, max)} of a file that `tinamix calibrate` wrote."""
    ranges = {}
    for line in open(path):
        row = re.match(r'  "?(.+?)"?: \{min: ([^,]+), max: ([^,}]+)', line)
        if row:
            ranges[row[1]] = (float(row[2]), float(row[3]))
    return ranges


class Generator:
    def __init__(self, model, ranges):
        self.graph = model.graph
        self.ranges = ranges
        self.constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        self.nodes = []
        self.initializers = {}
        self.scales = {}  # tensor: (scale, zero point)
        self.quantized = {}  # tensor: the float tensor that its codes stand for
        self.readers = {}
        for node in model.graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)

    def constant(self, name, array):
        self.initializers[name] = numpy_helper.from_array(array, name)
        return name

    def quantize(self, tensor, like=None):
        """Quantization of `tensor` to uint8, and back."""
        if like is not None:
            scale, zero_point = self.scales[like]
        else:
            low, high = self.ranges[tensor]
            low, high = min(low, 0.0), max(high, 0.0)
            scale = np.float32((high - low) / 255 or 1.0)
            zero_point = np.uint8(np.clip(np.rint(-low / scale), 0, 255))
        self.scales[tensor] = scale, zero_point
        parameters = [self.constant(tensor + "_scale", np.float32(scale)), self.constant(tensor + "_zero", zero_point)]
        self.nodes.append(helper.make_node("QuantizeLinear", [tensor, *parameters], [tensor + "_codes"]))
        self.nodes.append(helper.make_node("DequantizeLinear", [tensor + "_codes", *parameters], [tensor + "_dq"]))
        self.quantized[tensor] = tensor + "_dq"

    def weights(self, node):
        """Codes of weights and bias, dequantized."""
        values = self.constants[node.input[1]].astype(np.float32)
        axis = WEIGHTED[node.op_type]
        if node.op_type == "Gemm" and not any(a.name == "transB" and a.i for a in node.attribute):
            axis = 1
        others = tuple(d for d in range(values.ndim) if d != axis)
        scale = np.maximum(np.abs(values).max(axis=others), 1e-12).astype(np.float32) / 127
        shape = [-1 if d == axis else 1 for d in range(values.ndim)]
        codes = np.clip(np.rint(values / scale.reshape(shape)), -127, 127).astype(np.int8)
        names = [self.dequantized(node.input[1], codes, scale, axis)]
        if len(node.input) > 2:
            bias_scale = scale * self.scales[node.input[0]][0]
            bias = np.rint(self.constants[node.input[2]] / bias_scale).astype(np.int32)
            names.append(self.dequantized(node.input[2], bias, bias_scale.astype(np.float32), 0))
        return names

    def dequantized(self, name, codes, scale, axis):
        zero = np.zeros(scale.shape, codes.dtype)
        inputs = [self.constant(name + "_codes", codes), self.constant(name + "_scale", scale),
                  self.constant(name + "_zero", zero)]
        self.nodes.append(helper.make_node("DequantizeLinear", inputs, [name + "_dq"], axis=axis))
        return name + "_dq"

    def only_activation_after(self, name):
        readers = self.readers.get(name, [])
        return readers[0] if len(readers) == 1 and readers[0].op_type in ACTIVATIONS else None

    def convert(self):
        for value in self.graph.input:
            if value.name not in self.constants:
                self.quantize(value.name)
        skipped = set()
        for node in self.graph.node:
            if node.output[0] in skipped:
                continue
            known = set(WEIGHTED) | MOVING | OTHERS
            if node.op_type not in known:
                raise ValueError(f"{node.op_type} `{node.name}`: qdq_model.py knows {', '.join(sorted(known))} and the "
                                 f"{' and '.join(sorted(ACTIVATIONS))} behind them")
            activation = self.only_activation_after(node.output[0])
            output = activation.output[0] if activation else node.output[0]
            inputs = [self.quantized.get(name, name) for name in node.input]
            if node.op_type in WEIGHTED:
                inputs = inputs[:1] + self.weights(node)
            copy = helper.make_node(node.op_type, inputs, [output], node.name)
            copy.attribute.extend(node.attribute)
            self.nodes.append(copy)
            if activation:
                skipped.add(activation.output[0])
            self.quantize(output, node.input[0] if node.op_type in MOVING else None)
        outputs = [helper.make_node("Identity", [self.quantized[o.name]], [o.name + "_float"]) for o in self.graph.output]
        graph = helper.make_graph(
            self.nodes + outputs, "qdq", [i for i in self.graph.input if i.name not in self.constants],
            [helper.make_tensor_value_info(o.name + "_float", onnx.TensorProto.FLOAT, None) for o in self.graph.output],
            list(self.initializers.values()) + [i for i in self.graph.initializer if i.name not in self.initializers])
        used = {name for node in graph.node for name in node.input}
        for i in reversed(range(len(graph.initializer))):
            if graph.initializer[i].name not in used:
                del graph.initializer[i]
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


def write_qdq_model(network, ranges, output):
    """Writes `network` (opset 13 or later, operators listed above) quantized with the ranges of a ranges.yaml. Raises
    ValueError for operators that it does not know."""
    model = onnx.load(network)
    if model.opset_import[0].version < 13:
        model = onnx.version_converter.convert_version(model, 13)
    onnx.save(Generator(model, read_ranges(ranges)).convert(), output)
