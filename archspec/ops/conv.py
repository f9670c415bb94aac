"""Convolutions, forward and transposed, in one, two and three dimensions.

out[n, o, x] = bias[o] + sum over c, k of weight[o, c, k] · in[n, c, stride·x + dilation·k − padding]
https://docs.pytorch.org/docs/stable/nn.html#convolution-layers
"""

from math import prod
from typing import Annotated, ClassVar

from archspec.dims import Shape, Size, floor_div, product
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_at_least
from archspec.ops.base import (
    DType,
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Untraced,
    Window,
    per_sample,
    tensor_bytes,
)
from archspec.ops.conv_order import Moves, convolved
from archspec.ops.divisors import undivided
from archspec.ops.fields import Bool, Dilation, Inferred, Kernel, PerAxis, Positive, Stride, choice, per_axis
from archspec.ops.formula import Formula, Value
from archspec.ops.layout import Laid, fresh
from archspec.ops.order import Order
from archspec.ops.reach import blocks
from archspec.ops.reading import Asked, Read, apart, by_axis, folded
from archspec.ops.window import (
    AXIS_NAMES,
    KERNEL_NAMES,
    LAYOUTS,
    need_fit,
    positions,
    positions_formula,
    same_upper,
    span,
)

PaddingMode = Annotated[str, choice("zeros", "reflect", "replicate", "circular")]


class _Convolution(Op):
    """What forward and transposed convolutions share: channels, groups and the kernel's parameters."""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")
    example: ClassVar = "out_channels: 32, kernel_size: 3"
    kind: ClassVar = "convolution"
    feels_order: ClassVar = True
    gradient_reads: ClassVar[tuple[str, ...]] = ("input",)
    positional: ClassVar[tuple[str, ...]] = ("in_channels", "out_channels", "kernel_size")
    takes_device: ClassVar = True
    inferred_axes: ClassVar = {"in_channels": (0, 1)}

    in_channels: Inferred = None
    """how many channels it reads; follows from the input"""
    out_channels: Positive
    """how many channels it makes: one for each kernel that it learns"""
    kernel_size: Kernel
    stride: Stride = 1

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        self.need_rank(inputs[0], (self.rank + 2,), LAYOUTS[self.rank])
        self.need_float(inputs[0])
        return {"in_channels": self.need_number(inputs[0].shape[1], "the number of input channels")}

    def _letters(self, x: Tensor, groups: int) -> dict[str, Value]:
        """What the words of the formulas stand for."""
        kernel = dict(zip(KERNEL_NAMES[self.rank], self.axes("kernel_size"), strict=True))
        return {**kernel, "in_channels": x.shape[1], "out_channels": self.out_channels, "groups": groups}

    def _kernel_formula(self, name: str, text: str, x: Tensor, groups: int) -> Formula:
        """A product over the taps of a kernel; `text` is what follows them."""
        return Formula(name, "·".join((*KERNEL_NAMES[self.rank], text)), self._letters(x, groups))

    def _channels(self, x: Tensor, groups: int) -> int:
        channels = self.need_number(x.shape[1], "the number of input channels")
        need_divisor(groups, channels, "input channels")
        return channels

    no_order: ClassVar = "gives its channels last or in rows, as the processor and the number of threads have it"

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid | None:
        weight = fresh(tuple(size for size in self.parameters(inputs)["weight"] if isinstance(size, int)))
        return self.order_of(operands[0], weight, inputs[0].dtype, sizes)

    def order_of(self, x: Laid, weight: Laid, dtype: DType, sizes: tuple[int, ...]) -> Laid | None:
        """How the result lies for an image and a weight that lie so; None where that is not known."""
        steps, dilations = self.axes("stride"), self.axes("dilation")
        groups: int = self.groups  # type: ignore[attr-defined]
        return convolved(self._bordered(x), weight, dtype, Moves(steps, dilations, groups, self._is_cut(steps)), sizes)

    def _bordered(self, x: Laid) -> Laid:
        """The image with the border that PyTorch makes before it convolves."""
        return x

    def _is_cut(self, steps: tuple[int, ...]) -> bool:
        """Whether what the kernel puts out ends in zeros as wide as its stride."""
        return False


class _Conv(_Convolution):
    example: ClassVar = "out_channels: 32, kernel_size: 3, padding: 1"
    padding: Annotated[PerAxis, per_axis(0, ("valid", "same", "same_upper"))] = 0
    dilation: Dilation = 1
    groups: Positive = 1
    bias: Bool = True
    padding_mode: PaddingMode = "zeros"

    def check(self) -> None:
        need_divisor(self.groups, self.out_channels, "output channels")
        if self.padding == "same" and any(step != 1 for step in self.axes("stride")):
            raise Problem("E0106", "has padding: same, which PyTorch defines for stride 1 only", field="padding",
                          label="not with this stride",
                          help=f"write {self._number()}padding: same_upper, which is TensorFlow's for any stride")  # fmt: skip

    def _number(self) -> str:
        """The number that pads as `same` does, where there is one: windows of an odd size."""
        windows = [span(k, d) for k, d in zip(self.axes("kernel_size"), self.axes("dilation"), strict=True)]
        if any(window % 2 == 0 for window in windows):
            return ""
        pads = [window // 2 for window in windows]
        return f"padding: {pads[0] if len(set(pads)) == 1 else pads}, or "

    def _padding(self, x: Tensor) -> list[tuple[Size, Size]]:
        """The padding before and after, for each axis."""
        windows = [span(k, d) for k, d in zip(self.axes("kernel_size"), self.axes("dilation"), strict=True)]
        if self.padding == "valid":
            return [(0, 0)] * self.rank
        if self.padding == "same":
            return [((window - 1) // 2, window - 1 - (window - 1) // 2) for window in windows]
        if self.padding == "same_upper":
            steps = self.axes("stride")
            totals = [same_upper(x.shape[2 + i], windows[i], steps[i])[1] for i in range(self.rank)]
            return [(floor_div(total, 2), total - floor_div(total, 2)) for total in totals]
        return [(pad, pad) for pad in self.axes("padding")]

    def meant(self, inputs: Inputs) -> dict[str, object]:
        """Windows of an even size take one position more behind with `same`, which no number says."""
        if self.padding == "same_upper":
            return {}
        pads = self._padding(inputs[0])
        return {"padding": tuple(before for before, _ in pads)} if all(one == other for one, other in pads) else {}

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self._channels(x, self.groups)
        sizes: list[Size] = []
        arguments = zip(
            self.axes("kernel_size"), self.axes("stride"), self.axes("dilation"), self._padding(x), strict=True
        )
        for i, (kernel, stride, dilation, (before, after)) in enumerate(arguments):
            size, axis, window = x.shape[2 + i], AXIS_NAMES[self.rank][i], span(kernel, dilation)
            if self.padding == "same_upper":
                count, total = same_upper(size, window, stride)
                if window < stride:  # what it needs may be less than nothing
                    self.need_number(total, f"the padding of the {axis}")
                sizes.append(count)
                continue
            assert isinstance(before, int)
            assert isinstance(after, int)
            need_fit(size, window, before + after, kernel, axis)
            _need_source(self.padding_mode, size, max(before, after), axis)
            sizes.append(positions(size, window, stride, before, after))
        return {"output": Tensor((x.shape[0], self.out_channels, *sizes), x.dtype)}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        x = inputs[0]
        weight = (self.out_channels, self._channels(x, self.groups) // self.groups, *self.axes("kernel_size"))
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def macs(self, inputs: Inputs) -> Size:
        x = inputs[0]
        taps = self._channels(x, self.groups) // self.groups * prod(self.axes("kernel_size"))
        return per_sample(product(self.outputs(inputs)["output"].shape) * taps)

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        x = inputs[0]
        found = {1: Formula("channels", "out_channels", {"out_channels": self.out_channels})}
        names = ("kernel_size", "stride", "dilation")
        for i, (kernel, stride, dilation) in enumerate(zip(*map(self.axes, names), strict=True)):
            name, size = AXIS_NAMES[self.rank][i], x.shape[2 + i]
            if self.padding == "same_upper":
                found[2 + i] = Formula(name, "ceil(in / stride)", {"in": size, "stride": stride})
            else:
                found[2 + i] = positions_formula(name, size, kernel, stride, self._padding(x)[i], dilation)
        return found

    def _read(self) -> str:
        """The channels that one output channel reads."""
        return "in_channels" if self.groups == 1 else "(in_channels / groups)"

    def parameter_formulas(self, inputs: Inputs) -> dict[str, Formula]:
        x = inputs[0]
        weight = self._kernel_formula("weight", f"{self._read()}·out_channels", x, self.groups)
        bias = Formula("bias", "out_channels", {"out_channels": self.out_channels})
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def macs_formula(self, inputs: Inputs) -> Formula:
        x, out = inputs[0], self.outputs(inputs)["output"].shape
        taps = self._kernel_formula("MACs", self._read(), x, self.groups)
        axes = AXIS_NAMES[self.rank]
        values = {**taps.values, **dict(zip(axes, out[2:], strict=True)), "samples": per_sample(out[0])}
        samples = "" if per_sample(out[0]) == 1 else "samples·"
        return Formula("MACs", f"{samples}{'·'.join(axes)}·out_channels·({taps.text})", values)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        windows: list[Reach] = []
        arguments = zip(
            self.axes("kernel_size"), self.axes("stride"), self.axes("dilation"), self._padding(x), strict=True
        )
        for i, (kernel, stride, dilation, (before, _)) in enumerate(arguments):
            known = isinstance(before, int) and self.padding_mode == "zeros"
            reads_all = 2 + i if stride == 1 else None
            windows.append(Window(2 + i, span(kernel, dilation), stride, before, dilation)
                           if known and isinstance(before, int)
                           else Untraced("its padding repeats pixels of the image" if isinstance(before, int)
                                         else "its padding depends on the input's size", reads_all))  # fmt: skip
        return ((Same(0), self._grouped(x), *windows),)

    def _grouped(self, x: Tensor) -> Reach:
        """How output channels depend on input channels."""
        if self.groups == 1:
            return Everything()
        return blocks(1, self.out_channels // self.groups, self._channels(x, self.groups) // self.groups,
                      "its groups read channels apart")  # fmt: skip

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """A border that repeats pixels is read by windows as if it were there, and then as what it repeats."""
        if self.padding_mode == "zeros":
            return super().reads(inputs, asked)
        x, pads = inputs[0], self._padding(inputs[0])
        steps: list[Reach] = [Same(0), self._grouped(x)]
        sizes: list[Size] = list(x.shape[:2])
        arguments = zip(self.axes("kernel_size"), self.axes("stride"), self.axes("dilation"), pads, strict=True)
        for i, (kernel, stride, dilation, (before, after)) in enumerate(arguments):
            steps.append(Window(2 + i, span(kernel, dilation), stride, 0, dilation))
            sizes.append(x.shape[2 + i] + before + after)
        border = [0, 0, *(before if isinstance(before, int) else 0 for before, _ in pads)]
        padded = apart(steps, asked.box, tuple(sizes))
        return (
            [
                box
                for one in padded
                for box in by_axis(
                    one, x.shape, lambda axis, own, size: folded(own, (border[axis], 0), size, self.padding_mode)
                )
            ],
            *super().reads(inputs, asked)[1:],
        )

    def emission(self, inputs: Inputs) -> emit.Emission:
        x = inputs[0]
        if self.padding != "same_upper":
            return super().emission(inputs)
        found = self._padding(x)
        own = self.module(inputs, padding=0, padding_mode="zeros")
        if not any(before or after for before, after in found):
            return emit.Emission(emit.Apply(), own)
        pads = [pad for axis in reversed(range(self.rank)) for pad in self._emitted(axis, *found[axis])]
        plain = all(isinstance(pad, emit.Data) for pad in pads)
        padding = (
            emit.Data(tuple(emit.settled(pad.value) for pad in pads if isinstance(pad, emit.Data)))
            if plain
            else emit.Several(tuple(pads))
        )
        mode = {} if self.padding_mode == "zeros" else {"mode": self.padding_mode}
        return emit.Emission(emit.Apply((emit.Call("F.pad", (emit.Input(), padding), emit.keywords(**mode)),)), own)

    def _emitted(self, axis: int, before: Size, after: Size) -> tuple[emit.Expression, emit.Expression]:
        """The padding of an axis in code; of a symbolic size, half of k - 1 - (size - 1) % stride: down before, up after."""
        if isinstance(before, int) and isinstance(after, int):
            return emit.Data(before), emit.Data(after)
        window = span(self.axes("kernel_size")[axis], self.axes("dilation")[axis])
        last = emit.Infix("-", emit.SizeOf(emit.Input(), 2 + axis), emit.Data(1))
        left_out = emit.Infix("%", last, emit.Data(self.axes("stride")[axis]))
        half = (
            emit.Infix("//", emit.Infix("-", emit.Data(most), left_out), emit.Data(2)) for most in (window - 1, window)
        )
        return next(half), next(half)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """A padded copy of the input, where the convolution itself does not pad."""
        shape = self._with_border(inputs[0])
        if shape is None:
            return 0
        if self.padding_mode in ("reflect", "replicate") and not laid[0].is_contiguous:
            return None  # before it stands a copy in one row, which may be larger than the result
        return tensor_bytes(Tensor(shape, inputs[0].dtype))

    def _with_border(self, x: Tensor) -> Shape | None:
        """The shape of the copy with other borders than zeros, or uneven ones; None where the convolution itself pads."""
        pads = self._padding(x)
        is_written = self.padding == "same_upper" and not any(before or after for before, after in pads)
        if is_written or (self.padding_mode == "zeros" and all(before == after for before, after in pads)):
            return None
        if self.padding == "same" and self.padding_mode == "zeros":  # the even part is left to the convolution
            pads = [(0, after - before) for before, after in pads]
        sizes = [size + before + after for size, (before, after) in zip(x.shape[2:], pads, strict=True)]
        return (*x.shape[:2], *sizes)

    def _bordered(self, x: Laid) -> Laid:
        shape = self._with_border(Tensor(x.sizes))
        if shape is None:
            return x
        order = Order.ROWS if self.padding_mode == "circular" else Order.IMAGES
        return order.lay((x,), tuple(size for size in shape if isinstance(size, int)))


class Conv1d(_Conv):
    """Convolution over (N, C, L). https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html"""

    rank: ClassVar = 1


class Conv2d(_Conv):
    """Convolution over (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"""

    rank: ClassVar = 2


class Conv3d(_Conv):
    """Convolution over (N, C, D, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv3d.html"""

    rank: ClassVar = 3


def need_divisor(groups: int, channels: int, what: str) -> None:
    if channels % groups:
        raise undivided(groups, channels, "groups", f"its {channels} {what}", "groups")


def _need_source(mode: str, size: Size, padding: int, axis: str) -> None:
    """Reflected padding needs more pixels than it makes, circular padding at least as many."""
    if mode in ("zeros", "replicate"):
        return
    if not isinstance(size, int):
        assume_at_least(size, padding + (mode == "reflect"))
        return
    most = size - 1 if mode == "reflect" else size
    if padding > most:
        raise Problem("E0310", f"pads by {padding} with {mode} values, but a {axis} of {size} has only {most} to give",
                      field="padding", label=f"at most {most}")  # fmt: skip
