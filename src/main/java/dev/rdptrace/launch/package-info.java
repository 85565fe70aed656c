/**
 * The one class that runs on any Java, so that an old one gets a sentence and not a stack trace. Compiled for release 8.
 */
package dev.rdptrace.launch;
