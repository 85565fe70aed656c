package dev.rdptrace.live;

/// What an interface counted since the capture began.
///
/// @param received packets that passed the filter
/// @param dropped packets the kernel had no room for
/// @param droppedByInterface packets the interface or its driver dropped; 0 where that is not known
public record Counters(long received, long dropped, long droppedByInterface) {
    public static final Counters NONE = new Counters(0, 0, 0);

    public Counters plus(Counters other) {
        return new Counters(received + other.received, dropped + other.dropped, droppedByInterface + other.droppedByInterface);
    }
}
