package dev.rdptrace.report;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/// Community ID version 1 with seed 0: the same flow has the same name in Zeek, Suricata and here.
final class CommunityId {
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final MessageDigest sha1;

    CommunityId() {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing); // every Java platform has SHA-1
        }
    }

    String of(Attempt attempt) {
        return of(attempt.client(), attempt.server(), attempt.overUdp() ? UDP : TCP);
    }

    private String of(Endpoint a, Endpoint b, int protocol) {
        byte[] one = address(a);
        byte[] two = address(b);
        int order = Arrays.compareUnsigned(one, two);
        boolean swap = order > 0 || order == 0 && a.port() > b.port();
        ByteBuffer data = ByteBuffer.allocate(2 + one.length + two.length + 6);
        data.putShort((short) 0).put(swap ? two : one).put(swap ? one : two).put((byte) protocol).put((byte) 0);
        data.putShort((short) (swap ? b.port() : a.port())).putShort((short) (swap ? a.port() : b.port()));
        return "1:" + Base64.getEncoder().encodeToString(sha1.digest(data.array()));
    }

    private static byte[] address(Endpoint endpoint) {
        return endpoint.isIpv4()
                ? ByteBuffer.allocate(4).putInt((int) endpoint.low()).array()
                : ByteBuffer.allocate(16).putLong(endpoint.high()).putLong(endpoint.low()).array();
    }
}
