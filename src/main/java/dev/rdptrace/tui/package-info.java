/// Tries on a screen that answers to keys: what is shown and what a key makes of it ([dev.rdptrace.tui.Model]), and how that
/// looks ([dev.rdptrace.tui.Painter]). Neither knows a terminal: keys come in, cells and wishes ([dev.rdptrace.tui.Wish]) come out.
package dev.rdptrace.tui;
