/// The pages for people: one Markdown page per diagnosis, and the table of the numbers that RDP clients show.
///
/// The pages live beside the classes as resources (`pages/<id>.md`), so that `explain`, the reports and a reader on
/// the web see the same text. Here they are read as data; nothing in this package judges a capture.
package dev.rdptrace.diagnosis.page;
