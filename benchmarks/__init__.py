"""What amzsql is measured by: decoding, streaming, calls and seconds per question, the cost of a statement itself."""
