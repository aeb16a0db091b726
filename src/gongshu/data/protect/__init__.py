"""What leaves: thresholds, dominance, complements, and the memory of earlier answers."""
