"""Laws of planning, held over random histories."""
