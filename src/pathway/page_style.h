// SPDX-License-Identifier: Apache-2.0
//
// The style of the plan's page: readable on a screen, black on white on paper. Internal to the
// room.
#pragma once

namespace nidus::pathway {

inline constexpr const char* kPageStyle = R"css(
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1d21;
       background: #fff; max-width: 48rem; margin: 1.5rem auto; padding: 0 1rem; }
header { border-bottom: 2px solid #1a1d21; padding-bottom: .6rem; }
h1 { font-size: 1.45em; line-height: 1.25; margin: .3rem 0; }
h2 { font-size: 1em; letter-spacing: .08em; text-transform: uppercase; margin: 1.6rem 0 .5rem;
     border-bottom: 1px solid #c3c9d2; }
h3 { font-size: 1.07em; margin: 0; }
p { margin: .2rem 0; }
a { color: inherit; }
.due { font-weight: 600; }
.faint, .id { color: #545b66; font-size: .9em; font-weight: 400; }
.warn { color: #7a3404; }
.who { color: #545b66; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 0; }
caption { text-align: left; font-weight: 600; padding-bottom: .2rem; }
th { text-align: left; font-size: .9em; color: #545b66; font-weight: 400; }
th, td { padding: .15rem .6rem .15rem 0; border-bottom: 1px solid #dfe3e8; vertical-align: top; }
td:nth-child(3) { white-space: nowrap; }
article { border-left: 4px solid #9aa3af; padding: .1rem 0 .1rem .8rem; margin: 0 0 1rem; }
.now article { border-color: #b42318; } .now h2, article strong, td strong { color: #a11d12; }
.next article { border-color: #175cd3; } .next h2 { color: #1550b8; }
.watch article { border-color: #067647; } .watch h2 { color: #05603a; }
.avoid article { border-color: #b54708; } .avoid h2 { color: #93370d; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .12rem .6rem; margin: .3rem 0 0; }
dt { color: #545b66; } dd { margin: 0; overflow-wrap: anywhere; }
dd ul, dd ol { margin: 0; padding-left: 1.2rem; }
ul, ol { padding-left: 1.2rem; margin: .2rem 0; } li { margin: .1rem 0; }
summary { cursor: pointer; margin: .3rem 0; }
footer { border-top: 1px solid #9aa3af; margin-top: 1.6rem; padding-top: .4rem;
         overflow-wrap: anywhere; }
@page { size: A4; margin: 20mm 16mm 18mm;
        @top-left { font: 8.5pt sans-serif; } @top-right { font: 8.5pt sans-serif; }
        @bottom-right { font: 8.5pt sans-serif;
                        content: "Page " counter(page) " of " counter(pages); }
        @bottom-left { font: 8.5pt sans-serif;
                       content: "Nidus: advice to a named clinician, who decides"; } }
@media print {
  body { font-size: 9.5pt; line-height: 1.35; margin: 0; max-width: none; padding: 0; }
  body, .faint, .id, .warn, .who, dt, th, h2, article strong, td strong { color: #000 !important; }
  header > .faint { display: none; }
  article, tr, li { break-inside: avoid; } h1, h2, h3, caption { break-after: avoid; }
  article { border-left-width: 2.5pt; margin-bottom: 8pt; }
  .now article { border-color: #000; } .next article { border-color: #555; }
  .watch article { border-color: #999; } .avoid article { border-color: #000;
                                                          border-left-style: double; }
  a { text-decoration: none; }
  span.warn::before, li.warn::before { content: "! "; }
}
)css";

}  // namespace nidus::pathway
