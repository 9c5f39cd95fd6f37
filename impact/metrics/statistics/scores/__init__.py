"""Statistics of scores, from counts by bin of the score: how well they separate, how well they are calibrated, and
what another threshold would do. Nothing here sees a score of a person."""
