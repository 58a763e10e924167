"""The demo network: a depthwise-separable classifier for 8x8 pictures, and its ONNX form.

The ONNX file is built node by node instead of by torch's exporter, so that the batch normalizations stay in it (the
converter has to fold them) and every layer has a name that a person would give it.
"""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

OPSET = 13
EPSILON = 1e-5


class ConvUnit(nn.Module):
    """Convolution without bias, batch normalization, and ReLU6 where `active`."""

    def __init__(self, in_channels, out_channels, kernel, stride=1, groups=1, active=True):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out_channels, eps=EPSILON)
        self.active = active

    def forward(self, x):
        x = self.norm(self.conv(x))
        return functional.relu6(x) if self.active else x


class SeparableBlock(nn.Module):
    """3x3 depthwise unit, then a 1x1 unit; with `residual` the input is added to a linear 1x1 unit."""

    def __init__(self, in_channels, out_channels, stride=1, residual=False):
        super().__init__()
        self.depthwise = ConvUnit(in_channels, in_channels, 3, stride, groups=in_channels)
        self.pointwise = ConvUnit(in_channels, out_channels, 1, active=not residual)
        self.residual = residual

    def forward(self, x):
        y = self.pointwise(self.depthwise(x))
        return x + y if self.residual else y


class DigitsNetwork(nn.Module):
    """[n, 1, 8, 8] -> logits [n, 10]."""

    def __init__(self):
        super().__init__()
        self.stem = ConvUnit(1, 24, 3)
        self.blocks = nn.ModuleList([
            SeparableBlock(24, 48),
            SeparableBlock(48, 48, residual=True),
            SeparableBlock(48, 96, stride=2),
            SeparableBlock(96, 96, residual=True),
        ])
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(96, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.classifier(self.dropout(x.mean(dim=(2, 3))))


class _OnnxWriter:
    """Collects nodes and initializers; tensors are named after the node that makes them."""

    def __init__(self):
        self.nodes = []
        self.initializers = []

    def constant(self, name, values):
        self.initializers.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, op, name, inputs, output=None, **attributes):
        output = output or f"{name}_output"
        self.nodes.append(helper.make_node(op, inputs, [output], name=name, **attributes))
        return output

    def unit(self, name, unit, x):
        conv, norm = unit.conv, unit.norm
        pad = conv.padding[0]
        x = self.node("Conv", f"{name}/conv", [x, self.constant(f"{name}.weight", conv.weight.detach().numpy())],
                      kernel_shape=list(conv.kernel_size), strides=list(conv.stride), pads=[pad] * 4,
                      dilations=[1, 1], group=conv.groups)
        statistics = (("scale", norm.weight), ("shift", norm.bias), ("mean", norm.running_mean),
                      ("variance", norm.running_var))
        x = self.node("BatchNormalization", f"{name}/norm",
                      [x] + [self.constant(f"{name}.{key}", value.detach().numpy()) for key, value in statistics],
                      epsilon=norm.eps)
        return self.node("Clip", f"{name}/relu6", [x, "zero", "six"]) if unit.active else x


def to_onnx(network):
    """The network as an ONNX model: input "image" [1, 1, 8, 8], output "logits" [1, 10], both float32."""
    writer = _OnnxWriter()
    writer.constant("zero", 0.0)
    writer.constant("six", 6.0)
    x = writer.unit("stem", network.stem, "image")
    for i, block in enumerate(network.blocks, 1):
        y = writer.unit(f"block{i}/depthwise", block.depthwise, x)
        y = writer.unit(f"block{i}/pointwise", block.pointwise, y)
        x = writer.node("Add", f"block{i}/add", [x, y]) if block.residual else y
    x = writer.node("GlobalAveragePool", "pool", [x])
    x = writer.node("Flatten", "flatten", [x], axis=1)
    weight = writer.constant("classifier.weight", network.classifier.weight.detach().numpy())
    bias = writer.constant("classifier.bias", network.classifier.bias.detach().numpy())
    writer.node("Gemm", "classifier", [x, weight, bias], output="logits", transB=1)
    graph = helper.make_graph(writer.nodes, "digits",
                              [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 8, 8])],
                              [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 10])],
                              writer.initializers)
    model = helper.make_model(graph, producer_name="tinamix demo", opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 7
    onnx.checker.check_model(model, full_check=True)
    return model


def run_onnx(model, image):
    """Evaluates the nodes of the ONNX file itself, in float64: the check that the file says what was trained."""
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).astype(np.float64)) for i in model.graph.initializer}
    values["image"] = torch.from_numpy(image.astype(np.float64))
    for node in model.graph.node:
        a = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        x = [values[name] for name in node.input]
        if node.op_type == "Conv":
            y = functional.conv2d(x[0], x[1], None, a["strides"], a["pads"][:2], a["dilations"], a["group"])
        elif node.op_type == "BatchNormalization":
            scale, shift, mean, variance = (value.reshape(1, -1, 1, 1) for value in x[1:])
            y = (x[0] - mean) / torch.sqrt(variance + a["epsilon"]) * scale + shift
        elif node.op_type == "Clip":
            y = torch.minimum(torch.maximum(x[0], x[1]), x[2])
        elif node.op_type == "Add":
            y = x[0] + x[1]
        elif node.op_type == "GlobalAveragePool":
            y = x[0].mean(dim=(2, 3), keepdim=True)
        elif node.op_type == "Flatten":
            y = x[0].flatten(a["axis"])
        elif node.op_type == "Gemm":
            y = x[0] @ x[1].T + x[2]
        else:
            raise ValueError(f"node {node.name}: {node.op_type} is not part of the demo network")
        values[node.output[0]] = y
    return values["logits"].numpy()
