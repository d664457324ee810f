"""Routes compiled when they are first asked for, once for all applications of a process that have the same.

Every office of an installation has an application of its own. Their paths are the same, and a compiled path
takes five kilobytes: with two hundred of them an office would cost a megabyte and a fifth of a second.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cache
from typing import Any

from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

Compiled = tuple[StateMachineMatcher, dict[Any, list[Rule]]]


class SharedRoutes(Map):
    """The paths of one application; which function answers each is the application's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """None yet."""
        self._waiting: list[Rule] = []
        super().__init__(*args, **kwargs)

    def add(self, rulefactory: RuleFactory) -> None:
        """Note a path; it is compiled with all others."""
        self._waiting += rulefactory.get_rules(self)
        self._remap = True

    def update(self) -> None:
        """Take the compiled paths from an application that has exactly the same, else compile them."""
        if not self._remap:
            return
        with self._remap_lock:
            known = _known()
            key = (self.host_matching, self.strict_slashes, self.merge_slashes, *map(_words, self._waiting))
            self._matcher, self._rules_by_endpoint = known.get(key) or known.setdefault(key, self._compiled())
            self._remap = False

    def _compiled(self) -> Compiled:
        matcher, by_endpoint = StateMachineMatcher(self.merge_slashes), dict[Any, list[Rule]]()
        for rule in self._waiting:
            rule.bind(self, rebind=True)
            if not rule.build_only:
                matcher.add(rule)
            by_endpoint.setdefault(rule.endpoint, []).append(rule)
        matcher.update()
        for rules in by_endpoint.values():
            rules.sort(key=Rule.build_compare_key)
        return matcher, by_endpoint


@cache
def _known() -> MutableMapping[object, Compiled]:
    return {}


def _words(rule: Rule) -> tuple[object, ...]:
    """Everything in which two paths may differ."""
    automatic = getattr(rule, "provide_automatic_options", None)
    given = tuple(sorted((rule.defaults or {}).items()))
    kind = (rule.build_only, rule.strict_slashes, rule.merge_slashes, rule.websocket, rule.alias)
    where = (rule.subdomain, rule.host, rule.redirect_to)
    return rule.rule, rule.endpoint, frozenset(rule.methods or ()), automatic, given, *kind, *where
