/// The archive on Apache Spark: many recordings, each judged as one process would, their files read by as many tasks as there are cores.
@org.jspecify.annotations.NullMarked
package dev.rdptrace.spark;
