package dev.rdptrace.session;

import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.wire.field.Table;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Messages that are told by size: how many bytes of plaintext each has, who was seen to send it and where its layout is specified
/// stands in `tables/record-sizes.tsv`. What a TLS record adds to that depends on version and suite, and is gone before a size comes
/// here ([SizedRecord]). A size means something only in its place: 15 bytes are an error code after AUTHENTICATE and a Channel Join
/// Confirm after MCS has begun.
enum KnownSize {
    // CredSSP and what may stand in its place
    TOKEN, NEGOTIATE, NEGOTIATE_IN_SPNEGO, TICKET, CHOICE, AUTHENTICATE, LAST_TOKEN, ERROR_CODE, ACCEPTANCE, ACCEPTANCE_BY_NTLM,
    ACCEPTANCE_BY_NTLM_WITH_NONCE, ACCEPTANCE_BY_KERBEROS, ACCEPTANCE_WITH_TOKEN, ACCEPTANCE_WITH_KEY, EARLY_AUTHORIZATION,
    RDSTLS_CAPABILITIES, RDSTLS_RESULT, AAD_NONCE,
    // MCS
    CONNECT_INITIAL, CONNECT_RESPONSE, ERECT_DOMAIN, ATTACH_USER, ATTACH_CONFIRM, JOIN_REQUEST, JOIN_CONFIRM,
    // the session
    CLIENT_INFO, LICENSE_ANSWER, LICENSE_ACCEPTED, LICENSE_ACCEPTED_ENCRYPTED, DEMAND_ACTIVE, CONFIRM_ACTIVE, SYNCHRONIZE, CONTROL,
    ERROR_INFO, ULTIMATUM;

    private static final class Rows {
        static final Map<String, String[]> BY_NAME = Table.rows("record-sizes.tsv").stream()
                .collect(Collectors.toMap(row -> row[0], Function.identity()));
    }

    private final int least;
    private final int most;

    KnownSize() {
        String[] row = Objects.requireNonNull(Rows.BY_NAME.get(name().toLowerCase(Locale.ROOT).replace('_', '-')), name());
        least = Integer.parseInt(row[2]);
        most = row[3].equals("-") ? Integer.MAX_VALUE : Integer.parseInt(row[3]);
    }

    int least() {
        return least;
    }

    int most() {
        return most;
    }

    /// Can the record hold this message?
    boolean mayBe(SizedRecord record) {
        return record.fits(least, most);
    }

    /// Whatever the record adds to the plaintext, it has the size of this message.
    boolean surelyIs(SizedRecord record) {
        return record.plainMin() >= least && record.plainMax() <= most;
    }
}
