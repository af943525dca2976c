"""What can be set for the default scheduler."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubernel.errors import ConfigurationError
from kubernel.types.json import JSON
from kubernel_scheduler.profile import DEFAULT_FILTERS, DEFAULT_SCORES, Profile


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """`disabled_filters` names filters to leave out, `weights` changes those of scores; `seed` makes the choice among equally
    good nodes repeatable."""

    profile: Profile = field(default_factory=Profile)
    seed: int | None = None

    @classmethod
    def read(cls, config: Mapping[str, JSON]) -> "SchedulerConfig":
        """The configuration from its section of the file.

        :raises ConfigurationError: a name is unknown, or a weight is no number from 0 on.
        """
        disabled = config.get("disabled_filters") or ()
        for name in disabled:
            if name not in DEFAULT_FILTERS:
                known = ", ".join(DEFAULT_FILTERS)
                raise ConfigurationError(f"scheduler default: there is no filter {name!r}; there are {known}")
        weights = dict(DEFAULT_SCORES)
        for name, weight in (config.get("weights") or {}).items():
            if name not in weights:
                raise ConfigurationError(f"scheduler default: there is no score {name!r}; there are {', '.join(weights)}")
            if isinstance(weight, bool) or not isinstance(weight, int | float) or weight < 0:
                raise ConfigurationError(f"scheduler default: the weight of {name} must be a number from 0 on, found {weight!r}")
            weights[name] = float(weight)
        filters = tuple(name for name in DEFAULT_FILTERS if name not in disabled)
        return cls(Profile(filters, weights), config.get("seed"))
