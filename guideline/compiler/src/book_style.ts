// SPDX-License-Identifier: Apache-2.0
// How the book looks on a screen and on A4.
export const bookStyle = `
:root{--ink:#1d2730;--faint:#66727d;--line:#d9dfe4;--soft:#f4f6f8;--link:#0b5a8a;--now:#b3261e;--next:#0b5a8a;--watch:#2e7d4f;--avoid:#6b6b6b}
*{box-sizing:border-box}
body{font:15px/1.5 "Source Sans 3","Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:var(--ink);max-width:52rem;margin:0 auto;padding:2rem 1.25rem 6rem}
header{border-bottom:3px solid var(--ink);margin-bottom:2rem;padding:3rem 0 1.5rem}
h1{font-size:2.4rem;line-height:1.15;margin:.2rem 0 .6rem}h2{font-size:1.6rem;margin:3.5rem 0 1rem;padding-bottom:.3rem;border-bottom:2px solid var(--ink)}
h3{font-size:1.15rem;margin:0 0 .4rem}h4{font-size:.8rem;letter-spacing:.04em;text-transform:uppercase;color:var(--faint);margin:1rem 0 .3rem}h5{font-size:.82rem;margin:.6rem 0 .2rem;color:var(--faint)}
.over{letter-spacing:.08em;text-transform:uppercase;font-size:.8rem;color:var(--faint);margin:0}.lead{font-size:1.2rem;color:var(--faint);margin:.2rem 0 1rem}
a{color:var(--link);text-decoration:none}a.def,a.slot{color:inherit;text-decoration:underline;text-decoration-color:#9fb3c1;text-underline-offset:2px}a.slot{font-style:italic}
.faint{color:var(--faint);font-size:.85em;font-weight:400}.warn{color:#8a4b00}.box{border:1px solid #e0b070;background:#fff8ec;padding:.5rem .8rem;border-radius:4px}
.toc{columns:2}.index{list-style:none;padding:0;columns:2;font-size:.88rem}.index li{break-inside:avoid;padding:.1rem 0}.plain{list-style:none;padding:0}
article.rec,article.stop{border-left:4px solid var(--next);padding:.1rem 0 .4rem 1rem;margin:0 0 2.2rem}
article.now{border-color:var(--now)}article.watch{border-color:var(--watch)}article.avoid,article.stop{border-color:var(--avoid)}
.rid{font-variant-numeric:tabular-nums;color:var(--faint);font-weight:600;margin-right:.4rem}
.do{font-size:1.05rem;margin:.2rem 0}.why{color:var(--faint);margin:.2rem 0 .6rem}.not{font-size:.92rem;margin:.5rem 0}
dl{display:grid;grid-template-columns:8rem 1fr;gap:.1rem .8rem;font-size:.92rem;margin:.5rem 0}dt{color:var(--faint)}dd{margin:0}
.logic{background:var(--soft);border-radius:4px;padding:.5rem .8rem;font-size:.93rem;margin:.2rem 0 .4rem}.logic ul{margin:.15rem 0 .15rem;padding-left:1.15rem}.logic .head{font-style:italic;color:#3d5160}
.logic code{font-size:.82em;background:#fff;border:1px solid var(--line);border-radius:3px;padding:0 .2em;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.82rem;line-height:1.4;margin:.3rem 0 1rem}th{text-align:left;color:var(--faint);font-weight:600;border-bottom:1.5px solid var(--line);padding:.25rem .5rem .25rem 0}
td{vertical-align:top;border-bottom:1px solid var(--line);padding:.3rem .5rem .3rem 0;overflow-wrap:break-word}.id{white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--faint)}
tr.unsure td:nth-child(3){color:#8a4b00;font-weight:600}tr.grey{color:#8b959d}
.cases{display:grid;grid-template-columns:1fr 1fr;gap:0 1.5rem;font-size:.85rem}.cases ul{margin:0;padding-left:1rem}.cases b{font-weight:500}
article.term{margin:0 0 1rem}article.term h4{text-transform:none;letter-spacing:0;font-size:.98rem;color:var(--ink);margin:.4rem 0 .2rem}article.term p{margin:.1rem 0}
.dosing,.interactions,.regimens{font-size:.76rem}.regimens td:last-child{white-space:nowrap}
@page{size:A4;margin:17mm 15mm 18mm;@bottom-right{content:counter(page);font:9pt sans-serif;color:#66727d}@bottom-left{content:"Nidus guideline book";font:9pt sans-serif;color:#66727d}}
@media print{body{font-size:9.6pt;max-width:none;padding:0}header{padding-top:60mm;break-after:page;border:0}h2{break-before:page;margin-top:0}h2,h3,h4,h5{break-after:avoid}tr,li,dl{break-inside:avoid}thead{display:table-header-group}a{color:inherit}.logic,.box{-webkit-print-color-adjust:exact;print-color-adjust:exact}#reading h2,#contents h2,#priority h2{break-before:auto}#reading h2{margin-top:0}}
@media (max-width:40rem){.toc,.index{columns:1}.cases{grid-template-columns:1fr}}
`;
