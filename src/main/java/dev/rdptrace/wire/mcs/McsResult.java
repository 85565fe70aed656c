package dev.rdptrace.wire.mcs;

import dev.rdptrace.wire.field.Names;

/// T.125 7 Result, in Connect-Response, Attach-User-Confirm and Channel-Join-Confirm. Windows uses 0 and 14.
public record McsResult(int code) {
    private static final Names NAMES = Names.from(0,
            "rt-successful", "rt-domain-merging", "rt-domain-not-hierarchical", "rt-no-such-channel",
            "rt-no-such-domain", "rt-no-such-user", "rt-not-admitted", "rt-other-user-id",
            "rt-parameters-unacceptable", "rt-token-not-available", "rt-token-not-possessed",
            "rt-too-many-channels", "rt-too-many-tokens", "rt-too-many-users", "rt-unspecified-failure",
            "rt-user-rejected");

    public boolean isSuccess() {
        return code == 0;
    }

    public String name() {
        return NAMES.of(code);
    }
}
