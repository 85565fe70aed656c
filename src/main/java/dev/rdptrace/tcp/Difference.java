package dev.rdptrace.tcp;

/// What difference the TCP segment made that was accepted last: for whoever asks which of them he may leave out.
public final class Difference {
    private boolean news;
    private boolean settled;
    private boolean opened;

    Difference() {}

    /// It told something of its connection, or may have, other than that there is one more segment.
    public boolean news() {
        return news;
    }

    /// It is of a connection that nobody follows: the next ones make no difference until one has SYN, FIN or RST.
    public boolean settled() {
        return settled;
    }

    /// Where it is [#settled]: the opening of the connection was seen.
    public boolean opened() {
        return opened;
    }

    void any() {
        news = true;
        settled = false;
    }

    void none(FlowTable flows) {
        news = false;
        settle(flows);
    }

    /// Nobody follows the flow under the cursor.
    void settle(FlowTable flows) {
        settled = flows.isSettled();
        opened = flows.has(FlowTable.ROLES_KNOWN);
    }
}
