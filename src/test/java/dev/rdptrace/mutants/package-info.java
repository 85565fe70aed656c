/// Mistakes planted into the judge, one at a time, to see which of them no test notices.
package dev.rdptrace.mutants;
