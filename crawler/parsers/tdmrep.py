"""Match the rules of a tdmrep.json (W3C TDM Reservation Protocol) with URLs."""

from dataclasses import dataclass

from cleaning.usage import MAX_STATEMENT_CHARACTERS, UsageStatement
from crawler.parsers.robots_txt import RobotsRule, get_path, parse_rule
from crawler.parsers.usage_statements import TdmRule, parse_tdmrep, resolve_url


@dataclass(frozen=True, slots=True)
class TdmrepPolicy:
    """The rules of a host's tdmrep.json in their order, each with its pattern, which is one of robots.txt."""

    rules: tuple[tuple[RobotsRule, TdmRule], ...] = ()

    def list_usage_statements(self, url: str) -> tuple[UsageStatement, ...]:
        """Return what the file states about the page at a URL: the first rule that matches counts.

        >>> policy = parse_tdmrep_policy('[{"location": "/a", "tdm-reservation": 1, "tdm-policy": "/p.json"}]')
        >>> [(each.allowed, each.url) for each in policy.list_usage_statements("https://example.org/a/1")]
        [(False, 'https://example.org/p.json')]
        """
        path = get_path(url)
        for pattern, rule in self.rules:
            if pattern.matches(path):
                policy = resolve_url(rule.policy, url) if rule.policy else None
                text = f"{rule.location} tdm-reservation={int(rule.is_reserved)}"[:MAX_STATEMENT_CHARACTERS]
                return (UsageStatement("tdmrep.json", "tdm", not rule.is_reserved, policy, text),)
        return ()


def parse_tdmrep_policy(text: str) -> TdmrepPolicy:
    """Return the rules of a tdmrep.json in the form in which they are matched; none if it is not such a file."""
    return TdmrepPolicy(tuple((parse_rule(rule.location, allows=True), rule) for rule in parse_tdmrep(text)))
