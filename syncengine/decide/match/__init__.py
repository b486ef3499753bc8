"""Who is who: connected components over strong keys; never the first hit. ``match.match`` does it; a run with nobody to match loads none of it."""
