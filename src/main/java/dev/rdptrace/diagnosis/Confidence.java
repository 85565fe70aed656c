package dev.rdptrace.diagnosis;

/// How sure a verdict is; there are three words only.
public enum Confidence {
    /// The packets say it.
    SEEN("seen"),
    /// Several independent signs point to it and none against it.
    STRONGLY_SUGGESTED("strongly-suggested"),
    /// This capture does not hold the proof.
    CANNOT_TELL("cannot-tell");

    private final String word;

    Confidence(String word) {
        this.word = word;
    }

    @Override
    public String toString() {
        return word;
    }
}
