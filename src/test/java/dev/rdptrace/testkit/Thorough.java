package dev.rdptrace.testkit;

/// Some tests look at one capture in so many, since others (tshark above all) take their time; with
/// `-Drdptrace.thorough=true` they look at every one.
public final class Thorough {
    public static final boolean THOROUGH = Boolean.getBoolean("rdptrace.thorough");

    private Thorough() {}

    public static int oneIn(int many) {
        return THOROUGH ? 1 : many;
    }
}
