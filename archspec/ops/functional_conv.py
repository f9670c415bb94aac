"""Convolutions whose weight is an input: computed, standardized, or shared.
https://docs.pytorch.org/docs/stable/nn.functional.html#convolution-functions"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from archspec.dims import Size
from archspec.ops.base import Everything, Inputs, Op, Outputs, Problem, Reach, Same, Tensor, Untraced, show_shape
from archspec.ops.conv import Conv1d, Conv2d, Conv3d, _Convolution
from archspec.ops.conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from archspec.ops.fields import Dilation, Padding, PerAxis, Positive, Stride, per_axis
from archspec.ops.functional import Functional
from archspec.ops.layout import Laid
from archspec.ops.window import LAYOUTS
from archspec.words import counted

_WEIGHTS = {1: "(out, in / groups, k)", 2: "(out, in / groups, kH, kW)", 3: "(out, in / groups, kD, kH, kW)"}
_TRANSPOSED = {1: "(in, out / groups, k)", 2: "(in, out / groups, kH, kW)", 3: "(in, out / groups, kD, kH, kW)"}
_MODULES: dict[tuple[bool, int], type[Op]] = {
    (False, 1): Conv1d, (False, 2): Conv2d, (False, 3): Conv3d,
    (True, 1): ConvTranspose1d, (True, 2): ConvTranspose2d, (True, 3): ConvTranspose3d,
}  # fmt: skip


class _FunctionalConvolution(Functional):
    kind: ClassVar = "convolution"
    feels_order: ClassVar = True
    arity: ClassVar = (2, 3)
    is_transposed: ClassVar = False

    stride: Stride = 1

    def _kernel(self, weight: Tensor) -> tuple[int, ...]:
        return tuple(self.need_number(size, "the size of the kernel", 1) for size in weight.shape[2:])

    def _sides(self, weight: Tensor) -> tuple[int, int]:
        """The channels that the weight reads and gives."""
        first, second = (self.need_number(size, "the weight's number of channels", 1) for size in weight.shape[:2])
        groups: int = self.groups  # type: ignore[attr-defined]
        return (first, second * groups) if self.is_transposed else (second * groups, first)

    def _module(self, inputs: Inputs) -> Op:
        fields: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        fields |= {"out_channels": self._sides(inputs[1])[1], "kernel_size": self._kernel(inputs[1])}
        return _MODULES[self.is_transposed, self.rank].model_construct(**fields)

    def outputs(self, inputs: Inputs) -> Outputs:
        x, weight = inputs[:2]
        self.need_one_dtype(inputs)
        self.need_rank(x, (self.rank + 2,), LAYOUTS[self.rank])
        layout = _TRANSPOSED if self.is_transposed else _WEIGHTS
        self.need_rank(weight, (self.rank + 2,), f"a weight of {layout[self.rank]}", 1)
        channels, given = self.need_number(x.shape[1], "the number of input channels"), self._sides(weight)
        if channels != given[0]:
            groups: int = self.groups  # type: ignore[attr-defined]
            raise Problem("E0305", f"has a weight of {show_shape(weight.shape)} for {counted(channels, 'channel')}"
                          + (f" in {groups} groups" if groups > 1 else ""), input=1,
                          label=f"for {counted(given[0], 'input channel')}")  # fmt: skip
        self.need_weight(inputs, 2, (given[1],))
        return super().outputs(inputs)

    no_order: ClassVar = _Convolution.no_order

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid | None:
        module = self._module(inputs)
        assert isinstance(module, _Convolution)
        return module.order_of(operands[0], operands[1], inputs[0].dtype, sizes)


class _FunctionalConv(_FunctionalConvolution):
    padding: Annotated[PerAxis, per_axis(0, ("valid", "same"))] = 0
    dilation: Dilation = 1
    groups: Positive = 1

    def meant(self, inputs: Inputs) -> Mapping[str, object]:
        return self._module(inputs).meant(inputs[:1])

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """That of the layer."""
        return self._module(inputs).workspace(inputs[:1], laid[:1])


class FunctionalConv1d(_FunctionalConv):
    """Convolution over (N, C, L) with weight (out, in / groups, k) and bias (out,) as inputs.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv1d.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32]", "{type: Parameter, shape: [32, 16, 3]}")
    rank: ClassVar = 1
    function: ClassVar = "F.conv1d"


class FunctionalConv2d(_FunctionalConv):
    """Convolution over (N, C, H, W) with weight (out, in / groups, kH, kW) and bias (out,) as inputs.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32, 32]", "{type: Parameter, shape: [32, 16, 3, 3]}")
    rank: ClassVar = 2
    function: ClassVar = "F.conv2d"


class FunctionalConv3d(_FunctionalConv):
    """Convolution over (N, C, D, H, W) with weight (out, in / groups, kD, kH, kW) and bias (out,) as inputs.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv3d.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 8, 32, 32]", "{type: Parameter, shape: [32, 16, 3, 3, 3]}")
    rank: ClassVar = 3
    function: ClassVar = "F.conv3d"


class _FunctionalConvTranspose(_FunctionalConvolution):
    is_transposed: ClassVar = True

    padding: Padding = 0
    output_padding: Padding = 0
    groups: Positive = 1
    dilation: Dilation = 1

    def _weight_reach(self, input: int, weight: Tensor, inputs: Inputs) -> tuple[Reach, ...]:
        if weight.rank == 1:
            return (Same(1),)
        given: Reach = Same(1) if self.groups == 1 else Untraced("its groups give channels one after the other", 1)
        taken: Reach = Everything() if self.groups == 1 else Untraced("its groups read channels apart", 1)
        return (taken, given, *(Everything(),) * self.rank)


class FunctionalConvTranspose1d(_FunctionalConvTranspose):
    """Transposed convolution over (N, C, L) with weight (in, out / groups, k) and bias (out,) as inputs.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32]", "{type: Parameter, shape: [16, 32, 3]}")
    rank: ClassVar = 1
    function: ClassVar = "F.conv_transpose1d"


class FunctionalConvTranspose2d(_FunctionalConvTranspose):
    """Transposed convolution over (N, C, H, W) with weight (in, out / groups, kH, kW) and bias (out,) as inputs.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32, 32]", "{type: Parameter, shape: [16, 32, 3, 3]}")
    rank: ClassVar = 2
    function: ClassVar = "F.conv_transpose2d"


class FunctionalConvTranspose3d(_FunctionalConvTranspose):
    """Transposed convolution over (N, C, D, H, W) with weight (in, out / groups, kD, kH, kW) and bias (out,) as inputs.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 8, 32, 32]", "{type: Parameter, shape: [16, 32, 3, 3, 3]}")
    rank: ClassVar = 3
    function: ClassVar = "F.conv_transpose3d"
