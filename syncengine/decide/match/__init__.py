"""Who is who: connected components over strong keys; never the first hit."""

from syncengine.decide.match.match import match
from syncengine.decide.match.outcome import Matched, Matches

__all__ = ["Matched", "Matches", "match"]
