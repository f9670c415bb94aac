"""What a person would have written, found again in a flat `Sketch`: groups, blocks with arguments, repeats, laws of sizes."""
