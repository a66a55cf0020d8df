"""Standard answers 标准回答 (D10): approved, versioned texts that anybody who talks to customers can find and use."""
