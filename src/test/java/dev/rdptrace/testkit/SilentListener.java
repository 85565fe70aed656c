package dev.rdptrace.testkit;

import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;

/// Follows a connection for its bytes alone.
public abstract class SilentListener implements StreamListener {
    @Override
    public void onSyn(Side from, int repeats, Moment at) {}

    @Override
    public void onEstablished(Moment at) {}

    @Override
    public void onGap(Side from, long offset, long length, Moment at) {}

    @Override
    public void onFin(Side from, Moment at) {}

    @Override
    public void onReset(ResetFacts reset) {}

    @Override
    public void onIcmp(IcmpFacts icmp) {}

    @Override
    public void onQuiet(long nanos) {}

    @Override
    public void onEnd(End end) {}
}
