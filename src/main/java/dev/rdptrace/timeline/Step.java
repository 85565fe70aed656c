package dev.rdptrace.timeline;

/// The steps of a connection in the order of [MS-RDPBCGR] 1.3.1.1: who takes each, what it is called, and the phase
/// that the connection is in once it was taken.
public enum Step {
    SYN(Phase.TCP, Side.CLIENT, "SYN"),
    SYN_ACK(Phase.TCP, Side.SERVER, "SYN-ACK"),
    ESTABLISHED(Phase.TCP, Side.CLIENT, "ACK, TCP connected"),
    REQUEST(Phase.X224, Side.CLIENT, "X.224 Connection Request"),
    CONFIRM(Phase.X224, Side.SERVER, "X.224 Connection Confirm"),
    CLIENT_HELLO(Phase.TLS, Side.CLIENT, "ClientHello"),
    HELLO_RETRY(Phase.TLS, Side.SERVER, "HelloRetryRequest"),
    SECOND_CLIENT_HELLO(Phase.TLS, Side.CLIENT, "second ClientHello"),
    SERVER_HELLO(Phase.TLS, Side.SERVER, "ServerHello"),
    CERTIFICATE(Phase.TLS, Side.SERVER, "Certificate"),
    SERVER_FLIGHT(Phase.TLS, Side.SERVER, "last message of the TLS flight"),
    CLIENT_KEY_EXCHANGE(Phase.TLS, Side.CLIENT, "ClientKeyExchange"),
    CLIENT_FINISHED(Phase.TLS, Side.CLIENT, "client Finished"),
    TLS_DONE(Phase.TLS, Side.SERVER, "TLS established"),
    TOKEN(Phase.CREDSSP, Side.CLIENT, "first CredSSP token"),
    CHALLENGE(Phase.CREDSSP, Side.SERVER, "CredSSP challenge"),
    AUTHENTICATE(Phase.CREDSSP, Side.CLIENT, "CredSSP authenticate"),
    ACCEPTED(Phase.CREDSSP, Side.SERVER, "CredSSP acceptance (public key confirmed)"),
    REFUSED(Phase.CREDSSP, Side.SERVER, "CredSSP refusal"),
    CREDENTIALS(Phase.CREDSSP, Side.CLIENT, "delegated credentials"),
    EARLY_AUTHORIZATION(Phase.CREDSSP, Side.SERVER, "Early User Authorization Result"),
    RDSTLS_CAPABILITIES(Phase.RDSTLS, Side.SERVER, "RDSTLS capabilities"),
    RDSTLS_REQUEST(Phase.RDSTLS, Side.CLIENT, "RDSTLS authentication request"),
    RDSTLS_RESULT(Phase.RDSTLS, Side.SERVER, "RDSTLS authentication response"),
    AAD_NONCE(Phase.AAD, Side.SERVER, "Entra ID nonce"),
    AAD_REQUEST(Phase.AAD, Side.CLIENT, "Entra ID authentication request"),
    AAD_RESULT(Phase.AAD, Side.SERVER, "Entra ID authentication result"),
    CONNECT_INITIAL(Phase.MCS, Side.CLIENT, "MCS Connect-Initial"),
    CONNECT_RESPONSE(Phase.MCS, Side.SERVER, "MCS Connect-Response"),
    ERECT_DOMAIN(Phase.MCS, Side.CLIENT, "MCS Erect Domain"),
    ATTACH_USER(Phase.MCS, Side.CLIENT, "MCS Attach User"),
    ATTACH_CONFIRM(Phase.MCS, Side.SERVER, "MCS Attach User Confirm"),
    CHANNEL_JOIN(Phase.MCS, Side.CLIENT, "first Channel Join"),
    CHANNELS_JOINED(Phase.MCS, Side.SERVER, "last Channel Join Confirm"),
    SECURITY_EXCHANGE(Phase.SECURITY, Side.CLIENT, "Security Exchange"),
    CLIENT_INFO(Phase.INFO, Side.CLIENT, "Client Info"),
    LICENSE(Phase.LICENSING, Side.SERVER, "first licensing message"),
    LICENSE_DONE(Phase.LICENSING, Side.SERVER, "licence confirmation"),
    DEMAND_ACTIVE(Phase.ACTIVATION, Side.SERVER, "Demand Active"),
    CONFIRM_ACTIVE(Phase.ACTIVATION, Side.CLIENT, "Confirm Active"),
    FONT_LIST(Phase.ACTIVATION, Side.CLIENT, "Font List"),
    FONT_MAP(Phase.SESSION, Side.SERVER, "Font Map, session is up");

    private final Phase phase;
    private final Side from;
    private final String says;

    Step(Phase phase, Side from, String says) {
        this.phase = phase;
        this.from = from;
        this.says = says;
    }

    public Phase phase() {
        return phase;
    }

    public Side from() {
        return from;
    }

    public String says() {
        return says;
    }
}
