"""`Built`: making a layer's weights, once the shape of its inputs is known."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pymlp.layers.calling import building, call_parameters
from pymlp.layers.restoring import restored_on_error
from pymlp.layers.shapes import of_any_batch, sample_shape
from pymlp.layers.weights import Weighted, all_layers
from pymlp.nesting import map_shapes
from pymlp.tracing import tracing

__all__ = ["Built"]


def _noting_that_it_is_built(build: Callable[..., None]) -> Callable[..., None]:
    """Return `build` so that a layer it is called on directly is built from then on, and not once more."""

    @functools.wraps(build)
    def build_and_note(self: Built, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        shapes = [*args, *kwargs.values()]
        if not self.built and len(shapes) == 1 and shapes[0] is not None:
            self._build_shapes = self._named_shapes(map_shapes(of_any_batch, shapes[0]))
            self.built = True

    return build_and_note


class Built(Weighted):
    """The part of a layer that is built for the shapes of its inputs."""

    if TYPE_CHECKING:
        call: Callable[..., Any]
        _build_shapes: dict[str, Any] | None  # by the names of the arguments of `call`

        def _trace_on(self, shapes: dict[str, Any]) -> Any: ...

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _noting_that_it_is_built(cls.build)  # type: ignore[method-assign]

    @_noting_that_it_is_built
    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of that shape. The base class builds the layers that this one holds."""
        self._build_inner_layers(self._named_shapes(input_shape))

    def _build_inner_layers(self, shapes: dict[str, Any]) -> None:
        if any(not layer.built for layer in self._inner_layers()):
            self._trace_on(shapes)

    def check_input_shape(self, shape: Any) -> None:
        """Raise ValueError if the layer cannot take inputs of that shape. The base class takes any."""

    def ensure_built(self, input_shape: Any) -> None:
        """Build the layer if it is not, after checking the shape; nothing is left half made."""
        self._ensure_built_for(self._named_shapes(input_shape))

    def _named_shapes(self, input_shape: Any) -> dict[str, Any]:
        names = call_parameters(type(self).call)[0] or ("inputs",)
        return {names[0]: input_shape}

    def _ensure_built_for(self, shapes: dict[str, Any]) -> None:
        """Build the layer for shapes by the names of the arguments of `call`."""
        self.check_input_shape(next(iter(shapes.values()), None))
        if self.built:
            return
        with restored_on_error(all_layers(self)), tracing(False), building(self):
            self._build_on(shapes)
        self._build_shapes = shapes or None
        self.built = True

    def _build_on(self, shapes: dict[str, Any]) -> None:
        build: Any = self.build
        names = call_parameters(type(self).build)[0]
        wanted = {f"{name}_shape": shape for name, shape in shapes.items()}
        if len(wanted) > 1 and set(wanted) & set(names):
            build(**{name: shape for name, shape in wanted.items() if name in names})
        elif len(wanted) > 1 and type(self).build is Built.build:
            self._build_inner_layers(shapes)
        else:
            build(next(iter(shapes.values()), None))

    @property
    def _build_shape(self) -> Any:
        """The shape that the layer was built for: of its first argument, if there are several."""
        return None if self._build_shapes is None else next(iter(self._build_shapes.values()))

    @property
    def input_shape(self) -> Any:
        """Shape of the inputs the layer was built for."""
        if self._build_shape is None:
            raise AttributeError(f"Layer {self.name!r} has no input shape yet: it is not built.")
        return self._build_shape

    # ---- in files -----------------------------------------------------------------------------

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` needs to make the weights again."""
        if self._build_shapes is None:
            return None
        if len(self._build_shapes) == 1:
            return {"input_shape": self._build_shape}
        shapes = {f"{name}_shape": shape for name, shape in self._build_shapes.items()}
        return {"shapes_dict": shapes}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layer from what `get_build_config` returned."""
        label = f"{type(self).__name__} {self.name!r}"

        def free(shape: Any) -> Any:
            if shape is None:
                return None
            return (None, *sample_shape(shape[1:], label, "build_config's input_shape"))

        if config.get("input_shape") is not None:
            self.ensure_built(map_shapes(free, config["input_shape"]))
        elif config.get("shapes_dict"):
            self._ensure_built_for(
                {
                    name.removesuffix("_shape"): map_shapes(free, shape)
                    for name, shape in config["shapes_dict"].items()
                }
            )
