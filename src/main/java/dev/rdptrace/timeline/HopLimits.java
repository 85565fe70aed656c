package dev.rdptrace.timeline;

/// TTL of IPv4 and hop limit of IPv6.
public final class HopLimits {
    private HopLimits() {}

    /// One of the values that systems begin with: no router has counted it down.
    public static boolean isInitial(int hopLimit) {
        return hopLimit == 64 || hopLimit == 128 || hopLimit == 255;
    }
}
