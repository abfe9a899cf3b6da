"""The playground: its panel, its results, and the parts that follow its numbers."""
