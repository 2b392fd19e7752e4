-- Random programs for random_spec.lua, which says what they mean, and what each
-- logs in CPython 3.13: the lines of the log in order, with "; " or the end of a
-- line between them. Generated, and not to be edited.
return {
  {
    program = {
      {"let", "g1", {"shield", {"coro", "c2", {{"log", "l3"}, {"await", {"coro", "c4", {{"soon",
        {{"log", "l5"}}}}}}}}}},
      {"await", {"sleep", 1.5, "s6"}},
      {"await", {"sleep", 0, "s7"}},
      {"try_cancellable", {"wait_for", {"wait_for", {"wait_for", {"var", "g1"}, 0}, 0.5}, 0}},
      {"finally", {{"spawn", "t8", {{"await", {"shield", {"coro", "c9", {{"await", {"sleep", 0,
        "s10"}}, {"return", "r11"}}}}}, {"log", "l12"}, {"uncancel"}, {"raise", "e13"}}},
        {"try_cancellable", {"shield", {"var", "t8"}}}, {"try_cancellable", {"wait_for",
        {"wait_for", {"var", "g1"}, 2}, -1}}, {"ticker", 1, "k14"}}, {{"finally", {{"callback",
        "g1", "cb15"}, {"return", "r16"}}, {{"fut", "f17"}, {"return", "r18"}}}, {"later", 0,
        {{"log", "l19"}}}, {"await", {"sleep", 0, "s20"}}}},
      {"await", {"wait_for", {"gather", {{"var", "g1"}}, false}, 0}},
      {"finally", {{"fut", "f21"}}, {{"try", {"shield", {"var", "g1"}}}, {"as_completed", {{"coro",
        "c22", {{"cancel_self"}}}, {"var", "g1"}}, 1, true}, {"spawn", "t23", {{"try", {"var",
        "g1"}}, {"return", "r24"}}}}},
      {"try", {"gather", {{"wait_for", {"gather", {}, true}, 1.5}, {"wait_for", {"coro", "c25",
        {{"cancel", "g1"}, {"await", {"var", "g1"}}, {"raise", "e26"}}}, 2}, {"sleep", 1.5,
        "s27"}}, true}},
      {"finally", {{"state", "g1"}, {"try", {"wait", {"g1"}, false, "FIRST_EXCEPTION"}}, {"state",
        "g1"}, {"raise", "e28"}}, {{"await", {"sleep", 0.5, "s29"}}, {"soon", {{"callback", "g1",
        "cb30"}, {"cancel", "g1"}}}, {"return", "r31"}}},
      {"as_completed", {{"gather", {{"coro", "c32", {{"spawn", "t33", {{"ticker", 1, "k34"},
        {"return", "r35"}}}, {"await", {"sleep", 2, "s36"}}}}, {"gather", {}, false}}, true}}, 2,
        true},
      {"fut", "f37"},
      {"try", {"sleep", 0.5, "s38"}},
      {"let", "g39", {"shield", {"var", "g1"}}},
      {"return", "r40"},
    },
    log = [=[
root starts; c2 starts; c2 l3; c4 starts; c4 ends; c2 got nil; c2 ends; soon l5; root got s6;
root got s7; root caught Timeout 1.5; t8 starts; c9 starts; c9 got s10; c9 ends; t8 got r11; t8 l12;
t8 uncancel 0; t8 raises e13; root caught e13 1.5; root caught Timeout 1.5; root finally;
root finally; k14 tick 1; callback cb15; root got s20; root got [nil]; root finally; root got nil;
timer l19; c22 starts; c22 self cancel true; c22 ends; root item nil; root item Cancelled;
t23 starts; t23 got nil; t23 ends; c25 starts; c25 cancel g1 false; c25 got nil; c25 raises e26;
root got [[] e26 s27]; root g1 result nil; root got d:g1 p:; root g1 result nil; root finally;
root got s29; root raises e28; soon cancel g1 false; callback cb30; f17 result settled;
f21 result settled; g1 result nil; t23 result r24 0; t8 failed e13 0; root e28 3.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"log", "l4"}, {"uncancel"}, {"log", "l5"}, {"log", "l6"}, {"return",
        "r7"}}},
      {"try", {"var", "t1"}},
      {"try", {"shield", {"shield", {"coro", "c8", {{"callback", "t1", "cb10"}, {"return",
        "r11"}}}}}},
      {"log", "l12"},
      {"spawn", "t13", {{"later", 0, {}}, {"return", "r14"}}},
      {"await", {"gather", {{"gather", {{"sleep", 1, "s15"}}, false}, {"gather", {}, true}}, true}},
      {"log", "l16"},
      {"await", {"sleep", 0.5, "s17"}},
      {"log", "l18"},
      {"as_completed", {{"coro", "c19", {{"try", {"sleep", 0, "s20"}}, {"log", "l21"}, {"try",
        {"var", "t1"}}, {"return", "r22"}}}, {"gather", {{"var", "t1"}, {"var", "t1"}, {"gather",
        {{"var", "t1"}}, false}}, false}, {"wait_for", {"gather", {}, true}, 2}}, 2},
      {"spawn", "t23", {{"await", {"wait_for", {"shield", {"coro", "c24", {{"cancel", "t1"},
        {"return", "r25"}}}}, -1}}}, true},
      {"return", "r26"},
    },
    log = [=[
root starts; t1 starts; t1 l4; t1 uncancel 0; t1 l5; t1 l6; t1 ends; root got r7; c8 starts;
c8 ends; callback cb10; root got r11; root l12; t13 starts; t13 ends; root got [[s15] []]; root l16;
root got s17; root l18; c19 starts; c19 got s20; c19 l21; c19 got r7; c19 ends;
root item [r7 r7 [r7]]; root item []; root item r22; t23 starts; root ends; c24 starts;
c24 cancel t1 false; c24 ends; t23 raises Timeout; t1 result r7 0; t13 result r14 0;
t23 failed Timeout 0; root r26 1.5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"try", {"wait", {"f1", "f1"}, false, "FIRST_EXCEPTION"}},
      {"cancel", "f1"},
      {"try", {"shield", {"var", "f1"}}},
      {"try_cancellable", {"var", "f1"}},
      {"later", 1.5, {{"cancel", "f1"}}},
      {"as_completed", {{"gather", {{"shield", {"var", "f1"}}, {"var", "f1"}}, false}, {"wait",
        {"f1", "f1", "f1"}, false, "FIRST_EXCEPTION"}}, 2},
      {"await", {"sleep", 0, "s6"}},
      {"spawn", "t7", {{"await", {"shield", {"gather", {{"coro", "c8", {{"try_cancellable", {"var",
        "f1"}}}}, {"var", "f1"}, {"var", "f1"}}, false}}}, {"await", {"sleep", 0, "s9"}},
        {"return", "r10"}}},
      {"try_cancellable", {"wait_for", {"sleep", 2, "s11"}, 1}},
    },
    log = [=[
root starts; root got d:f1 p:; root cancel f1 false; root got settled; root got settled;
root item [settled settled]; root item d:f1 p:; root got s6; t7 starts; c8 starts; c8 got settled;
c8 ends; t7 got [nil settled settled]; t7 got s9; t7 ends; root caught Timeout 51; root ends;
f1 result settled; t7 result r10 0; root nil 51]=],
  },
  {
    program = {
      {"spawn", "t1", {{"spawn", "t2", {{"later", 2, {{"log", "l3"}}}, {"raise", "e4"}}}, {"raise",
        "e5"}}},
      {"try_cancellable", {"gather", {{"wait_for", {"shield", {"sleep", 2, "s6"}}, false}}, false}},
      {"spawn", "t7", {{"spawn", "t8", {{"fut", "f9"}, {"spawn", "t10", {{"spawn", "t11",
        {{"later", 3, {{"cancel", "f9"}, {"cancel", "f9"}}}}}, {"fut", "f13"}, {"return", "r14"}}},
        {"return", "r15"}}, true}, {"log", "l16"}, {"as_completed", {{"gather", {{"sleep", 0.5,
        "s17"}, {"sleep", 0, "s18"}}, false}}, 1}, {"log", "l19"}}},
      {"try", {"wait_for", {"var", "t1"}, false}},
      {"as_completed", {{"sleep", 0, "s20"}, {"gather", {{"coro", "c21", {{"as_completed",
        {{"sleep", 3, "s22"}, {"var", "t7"}, {"var", "t7"}}, 1, true}, {"fut", "f23"}, {"raise",
        "e24"}}}, {"wait_for", {"var", "t7"}, 5}}, true}}, false},
      {"try", {"wait_for", {"gather", {{"wait_for", {"var", "t7"}, 1.5}, {"wait_for", {"var",
        "t7"}, 1}, {"gather", {{"var", "t1"}, {"coro", "c27", {{"await", {"var", "t7"}}, {"return",
        "r28"}}}}, false}}, true}, -1}},
      {"cancel_self"},
      {"as_completed", {{"coro", "c29", {{"as_completed", {{"var", "t1"}}, 1}, {"raise", "e30"}}},
        {"coro", "c31", {{"spawn", "t32", {{"as_completed", {{"coro", "c33", {{"try_cancellable",
        {"coro", "c34", {{"cancel", "t7"}, {"cancel", "t7"}}}}}}, {"var", "t7"}, {"coro", "c35",
        {{"later", 0, {{"cancel", "t1"}}}, {"return", "r36"}}}}, 0, true}, {"return", "r37"}}},
        {"await", {"wait_for", {"var", "t32"}, 2}}, {"await", {"sleep", 0, "s38"}}}}, {"var",
        "t1"}}, 2, true},
      {"cancel", "t7"},
      {"state", "t1"},
      {"cancel_self"},
    },
    log = [=[
root starts; t1 starts; t1 raises e5; t2 starts; t2 raises e4; timer l3; root got [s6];
root caught e5 2; t7 starts; t8 starts; t8 ends; t7 l16; c21 starts; t10 starts; t10 ends;
t11 starts; t11 ends; root item s20; t7 item [s17 s18]; t7 l19; t7 ends; c21 item nil;
c21 items Timeout; c21 raises e24; root item [e24 nil]; c27 starts; c27 got nil; c27 ends;
root caught Timeout 3; root self cancel true; c29 starts; c31 starts; root raises Cancelled;
t32 starts; c29 item raised e5; c29 raises e30; c33 starts; c34 starts; c34 cancel t7 false;
c34 cancel t7 false; c34 ends; c33 got nil; c33 ends; c35 starts; c35 ends; t32 item nil;
t32 items Timeout; t32 ends; timer cancel t1 false; c31 got r37; c31 got s38; c31 ends;
f13 result settled; f23 result settled; f9 result settled; t1 failed e5 0; t10 result r14 0;
t11 result nil 0; t2 failed e4 0; t32 result r37 0; t7 result nil 0; t8 result r15 0;
root Cancelled 3]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"as_completed", {{"wait_for", {"gather", {{"coro", "c2", {{"await", {"sleep", 0, "s3"}},
        {"raise", "e4"}}}, {"sleep", 0, "s5"}, {"coro", "c6", {{"later", 2, {{"log", "l7"}, {"log",
        "l8"}}}, {"raise", "e9"}}}}, false}, 1.5}}, false},
      {"spawn", "t10", {{"soon", {{"log", "l11"}, {"log", "l12"}}}, {"try", {"gather", {{"gather",
        {{"coro", "c13", {{"log", "l14"}, {"log", "l15"}, {"return", "r16"}}}, {"sleep", 3, "s17"},
        {"sleep", 1.5, "s18"}}, true}, {"coro", "c19", {{"try", {"sleep", 0, "s20"}}, {"raise",
        "e21"}}}, {"sleep", 0, "s22"}}, false}}}},
      {"try_cancellable", {"wait_for", {"gather", {{"var", "t10"}, {"gather", {}, true}}, false},
        -1}},
      {"cancel_self"},
      {"cancel", "t10"},
      {"state", "t10"},
      {"try", {"sleep", 1, "s23"}},
      {"await", {"coro", "c24", {{"log", "l25"}, {"cancel", "t10"}, {"raise", "e26"}}}},
      {"spawn", "t27", {{"try", {"wait_for", {"var", "t10"}, 0.5}}, {"return", "r28"}}},
      {"return", "r29"},
    },
    log = [=[
root starts; root got s1; c2 starts; c6 starts; c6 raises e9; c2 got s3; c2 raises e4;
root item raised e9; root caught Timeout 0; root self cancel true; root cancel t10 false;
root t10 cancelled 1; root caught Cancelled 0; c24 starts; c24 l25; c24 cancel t10 false;
c24 raises e26; root raises e26; t10 cancelled 1; root e26 0]=],
  },
  {
    program = {
      {"ticker", 1, "k1"},
      {"cancel_self"},
      {"try", {"gather", {{"sleep", 0, "s2"}, {"wait_for", {"sleep", 0, "s3"}, 1.5}}, false}},
      {"spawn", "t4", {{"spawn", "t5", {{"ticker", 4, "k6"}, {"return", "r7"}}}, {"return", "r8"}}},
      {"as_completed", {{"sleep", 0, "s9"}, {"gather", {}, true}}, false, true},
      {"try_cancellable", {"wait_for", {"gather", {{"var", "t4"}, {"wait", {"t4", "t4", "t4"},
        false, "ALL_COMPLETED"}}, true}, 0.5}},
      {"let", "g10", {"shield", {"var", "t4"}}},
      {"return", "r11"},
    },
    log = [=[
root starts; root self cancel true; k1 tick 1; root caught Cancelled 0; t4 starts; t4 ends;
t5 starts; t5 ends; root item []; k6 tick 1; k6 tick 2; root item s9; k6 tick 3; k6 tick 4;
root got [r8 d:t4 p:]; root ends; g10 result r8; t4 result r8 0; t5 result r7 0; root r11 0]=],
  },
  {
    program = {
      {"as_completed", {{"sleep", 0, "s1"}, {"wait_for", {"wait_for", {"coro", "c2", {{"await",
        {"sleep", 1, "s3"}}, {"return", "r4"}}}, 0}, 1}}, false},
      {"try_cancellable", {"sleep", 0, "s5"}},
      {"fut", "f6"},
      {"try", {"shield", {"gather", {{"gather", {{"var", "f6"}}, true}, {"wait_for", {"coro", "c7",
        {{"ticker", 1, "k8"}, {"raise", "e9"}}}, 0.5}}, false}}},
      {"let", "g10", {"shield", {"sleep", 1, "s11"}}},
      {"as_completed", {{"var", "f6"}, {"wait", {"f6"}, false, "ALL_COMPLETED"}, {"wait", {"f6"},
        false, "FIRST_COMPLETED"}}, 1, true},
      {"spawn", "t12", {{"spawn", "t13", {{"spawn", "t14", {{"later", 3, {{"cancel", "f6"},
        {"cancel", "f6"}}}, {"as_completed", {{"var", "g10"}}, false}}}, {"state", "t14"}}},
        {"later", 0, {{"callback", "t13", "cb16"}}}, {"try", {"var", "g10"}}, {"await", {"sleep",
        1, "s17"}}}},
      {"spawn", "t18", {{"set", "f6", "x19"}, {"log", "l20"}, {"try", {"wait_for", {"gather",
        {{"sleep", 1.5, "s21"}, {"var", "f6"}}, true}, 2}}, {"ticker", 1, "k22"}, {"return",
        "r23"}}},
      {"try_cancellable", {"shield", {"shield", {"wait_for", {"coro", "c24", {{"cancel", "f6"},
        {"fail", "f6", "x25"}, {"return", "r26"}}}, 5}}}},
      {"cancel", "t18"},
      {"log", "l27"},
      {"spawn", "t28", {{"fut", "f29"}, {"finally", {{"finally", {{"try_cancellable", {"coro",
        "c30", {{"fut", "f31"}, {"return", "r32"}}}}, {"as_completed", {{"var", "t12"}, {"var",
        "f6"}}, false, true}}, {{"await", {"sleep", 3, "s33"}}}}, {"log", "l34"}}, {{"later", 1,
        {{"cancel", "f6"}, {"log", "l36"}}}, {"soon", {{"fail", "f29", "x37"}}}}}, {"finally",
        {{"ticker", 4, "k38"}, {"try", {"gather", {{"coro", "c39", {{"state", "f6"}}}, {"var",
        "f6"}, {"var", "t18"}}, false}}, {"cancel", "t18"}, {"cancel", "f6"}}, {{"try_cancellable",
        {"var", "t18"}}, {"return", "r41"}}}, {"return", "r42"}}},
      {"await", {"sleep", 1, "s43"}},
      {"finally", {{"log", "l44"}, {"cancel_self"}, {"fut", "f45"}, {"try_cancellable",
        {"wait_for", {"var", "f45"}, 1.5}}}, {{"log", "l46"}, {"fut", "f47"}}},
    },
    log = [=[
root starts; root item s1; root item raised Timeout; root got s5; c7 starts; c7 raises e9;
k8 tick 1; root caught e9 0; root items Timeout; t12 starts; t18 starts; t18 l20; c24 starts;
c24 cancel f6 false; c24 ends; t13 starts; t13 t14 pending 0; t13 ends; t12 got s11; t14 starts;
callback cb16; root got r26; root cancel t18 true; root l27; t14 item s11; t14 ends; t28 starts;
c30 starts; c30 ends; t28 got r32; t18 caught Cancelled 1; t18 ends; t28 item x19; k22 tick 1;
t12 got s17; t12 ends; root got s43; root l44; root self cancel true; root finally; root l46;
root raises Cancelled; t28 item nil; t28 finally; timer cancel f6 false; timer cancel f6 false;
t28 got s33; t28 l34; t28 finally; k38 tick 1; c39 starts; c39 f6 result x19; c39 ends; k38 tick 2;
k38 tick 3; t28 got [nil x19 r23]; t28 cancel t18 false; t28 cancel f6 false; t28 finally;
t28 got r23; t28 ends; k38 tick 4; f29 result settled; f31 result settled; f45 cancelled;
f47 result settled; f6 result x19; g10 result s11; t12 result nil 0; t13 result nil 0;
t14 result nil 0; t18 result r23 1; t28 result r42 0; root Cancelled 5]=],
  },
  {
    program = {
      {"await", {"sleep", 1.5, "s1"}},
      {"fut", "f2"},
      {"as_completed", {{"sleep", 0, "s3"}}, false},
      {"as_completed", {{"gather", {{"gather", {{"coro", "c4", {{"try", {"var", "f2"}}}}, {"sleep",
        1.5, "s5"}, {"var", "f2"}}, true}, {"gather", {{"var", "f2"}, {"coro", "c6",
        {{"as_completed", {{"var", "f2"}, {"var", "f2"}}, 0}}}, {"coro", "c7", {{"spawn", "t8",
        {{"await", {"sleep", 1, "s9"}}}}, {"raise", "e10"}}}}, false}, {"var", "f2"}}, true},
        {"wait_for", {"var", "f2"}, 2}}, 2, true},
      {"state", "f2"},
      {"try_cancellable", {"var", "f2"}},
      {"raise", "e11"},
    },
    log = [=[
root starts; root got s1; root item s3; c4 starts; c6 starts; c7 starts; c7 raises e10; t8 starts;
c6 item raised Timeout; c6 ends; t8 got s9; t8 ends; root items Timeout; root f2 cancelled;
root raises Cancelled; c4 caught Cancelled 3.5; c4 ends; f2 cancelled; t8 result nil 0;
root Cancelled 3.5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"spawn", "t2", {{"later", 1, {{"log", "l3"}}}, {"raise", "e4"}}},
      {"spawn", "t5", {{"as_completed", {{"wait_for", {"coro", "c6", {{"as_completed", {{"var",
        "t2"}}, 0}, {"return", "r7"}}}, 0.5}, {"wait", {"t2"}, false, "ALL_COMPLETED"}}, 2},
        {"return", "r8"}}},
      {"cancel", "f1"},
      {"log", "l10"},
      {"soon", {{"cancel", "f1"}}},
      {"try", {"var", "t5"}},
      {"await", {"coro", "c11", {{"as_completed", {{"shield", {"var", "t5"}}, {"var", "t2"},
        {"wait_for", {"sleep", 2, "s12"}, -1}}, false, true}, {"try", {"shield", {"wait", {"t5",
        "t5", "t5"}, 2, "FIRST_COMPLETED"}}}, {"try_cancellable", {"gather", {}, true}}, {"later",
        0, {{"callback", "f1", "cb13"}}}}}},
      {"soon", {{"cancel", "t2"}}},
      {"fut", "f14"},
      {"spawn", "t15", {{"await", {"sleep", 1.5, "s16"}}, {"cancel", "f14"}, {"finally", {{"set",
        "f14", "x17"}, {"try", {"var", "f14"}}}, {{"await", {"sleep", 2, "s21"}}, {"cancel", "t2"},
        {"callback", "f14", "cb22"}}}, {"fut", "f23"}, {"raise", "e24"}}},
      {"state", "f1"},
      {"log", "l25"},
      {"uncancel"},
      {"finally", {{"set", "f14", "x26"}, {"raise", "e27"}}, {{"finally", {{"soon", {{"callback",
        "t15", "cb28"}}}, {"raise", "e29"}}, {{"ticker", 4, "k30"}, {"return", "r31"}}}, {"try",
        {"var", "f14"}}, {"return", "r33"}}},
      {"raise", "e34"},
    },
    log = [=[
root starts; root cancel f1 true; root l10; t2 starts; t2 raises e4; t5 starts;
soon cancel f1 false; c6 starts; c6 item raised e4; c6 ends; t5 item r7; t5 item d:t2 p:; t5 ends;
root got r8; c11 starts; c11 item r8; c11 item e4; c11 item Timeout; c11 got d:t5 p:; c11 got [];
c11 ends; root got nil; root f1 cancelled; root l25; root uncancel 0; root finally; root finally;
root raises e29; soon cancel t2 false; t15 starts; k30 tick 1; k30 tick 2; callback cb13;
k30 tick 3; k30 tick 4; timer l3; t15 got s16; t15 cancel f14 false; t15 got x26; t15 finally;
t15 got s21; t15 cancel t2 false; t15 raises e24; callback cb22; callback cb28; f1 cancelled;
f14 result x26; f23 result settled; t15 failed e24 0; t2 failed e4 0; t5 result r8 0;
root e29 3.5]=],
  },
  {
    program = {
      {"try", {"shield", {"gather", {{"sleep", 0, "s1"}, {"gather", {{"sleep", 0, "s2"}}, false},
        {"wait_for", {"sleep", 0.5, "s3"}, -1}}, false}}},
      {"try_cancellable", {"coro", "c4", {{"spawn", "t5", {{"log", "l6"}, {"return", "r7"}}},
        {"await", {"gather", {{"shield", {"var", "t5"}}, {"shield", {"sleep", 3, "s8"}},
        {"wait_for", {"var", "t5"}, -1}}, false}}, {"try_cancellable", {"wait", {"t5", "t5", "t5"},
        false, "FIRST_COMPLETED"}}}}},
      {"try", {"shield", {"coro", "c9", {{"spawn", "t10", {{"await", {"sleep", 1, "s11"}},
        {"spawn", "t12", {{"log", "l13"}, {"log", "l14"}}}, {"return", "r15"}}}, {"cancel_self"},
        {"return", "r16"}}}}},
      {"log", "l19"},
      {"try", {"wait_for", {"gather", {}, false}, 0}},
      {"log", "l20"},
      {"fut", "f21"},
      {"as_completed", {{"wait", {"f21"}, 0, "FIRST_EXCEPTION"}, {"wait_for", {"sleep", 3, "s22"},
        0.5}, {"gather", {{"gather", {{"var", "f21"}, {"var", "f21"}}, true}, {"wait_for", {"var",
        "f21"}, -1}}, true}}, 2},
      {"await", {"var", "f21"}},
      {"try_cancellable", {"gather", {{"gather", {{"coro", "c23", {{"soon", {{"cancel", "f21"},
        {"set", "f21", "x25"}}}, {"try", {"coro", "c26", {{"as_completed", {{"var", "f21"}, {"var",
        "f21"}}, false, true}, {"return", "r27"}}}}}}, {"var", "f21"}, {"shield", {"var", "f21"}}},
        true}, {"gather", {}, true}, {"wait", {"f21"}, 0, "FIRST_COMPLETED"}}, false}},
    },
    log = [=[
root starts; root caught Timeout 0; c4 starts; t5 starts; t5 l6; t5 ends; c4 got [r7 s8 r7];
c4 got d:t5 p:; c4 ends; root got nil; c9 starts; c9 self cancel true; c9 ends; t10 starts;
root caught Cancelled 3; root l19; root got []; root l20; root item d:f21 p:;
root item [[Cancelled Cancelled] Timeout]; root item raised Timeout; root raises Cancelled;
t10 got s11; t10 ends; t12 starts; t12 l13; t12 l14; t12 ends; f21 cancelled; t10 result r15 0;
t12 result nil 0; t5 result r7 0; root Cancelled 4]=],
  },
  {
    program = {
      {"try", {"wait_for", {"gather", {{"shield", {"coro", "c1", {{"log", "l2"}}}}, {"gather",
        {{"sleep", 0, "s3"}}, true}}, false}, 2}},
      {"try", {"coro", "c4", {{"await", {"gather", {{"wait_for", {"sleep", 0, "s9"}, 0}}, true}},
        {"log", "l10"}, {"log", "l11"}, {"log", "l12"}, {"raise", "e13"}}}},
      {"soon", {{"log", "l14"}, {"log", "l15"}}},
      {"fut", "f16"},
      {"as_completed", {{"gather", {{"var", "f16"}}, false}}, 1},
      {"log", "l17"},
      {"spawn", "t18", {{"try", {"var", "f16"}}, {"soon", {{"set", "f16", "x19"}, {"fail", "f16",
        "x20"}}}, {"soon", {{"log", "l21"}}}}},
    },
    log = [=[
root starts; c1 starts; c1 l2; c1 ends; root got [nil [s3]]; c4 starts; c4 got [Timeout]; c4 l10;
c4 l11; c4 l12; c4 raises e13; root caught e13 0; soon l14; soon l15; root item raised Timeout;
root l17; root ends; t18 starts; t18 got settled; t18 ends; soon l21; f16 result settled;
t18 result nil 0; root nil 1]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"sleep", 1.5, "s2"}, {"wait_for", {"sleep", 1.5, "s3"}, 0.5}},
        false}},
      {"await", {"sleep", 1, "s4"}},
      {"fut", "f5"},
      {"fut", "f6"},
      {"set", "f6", "x7"},
      {"spawn", "t8", {{"try", {"gather", {{"var", "g1"}}, false}}, {"spawn", "t9", {{"spawn",
        "t10", {{"try_cancellable", {"var", "f5"}}, {"raise", "e11"}}}, {"fut", "f12"}}}, {"log",
        "l13"}, {"try", {"gather", {{"coro", "c14", {{"await", {"var", "f5"}}, {"raise", "e16"}}},
        {"gather", {{"var", "g1"}, {"var", "t9"}}, false}}, false}}, {"raise", "e17"}}},
      {"cancel", "f6"},
      {"await", {"gather", {{"wait_for", {"shield", {"var", "g1"}}, false}}, false}},
      {"raise", "e18"},
    },
    log = [=[
root starts; root got s4; root cancel f6 false; t8 starts; t8 caught Timeout 1; t8 l13;
t8 caught Timeout 1; t8 raises e17; t9 starts; t9 ends; c14 starts; t10 starts; root raises Timeout;
c14 got settled; c14 raises e16; t10 got settled; t10 raises e11; f12 result settled;
f5 result settled; f6 result x7; g1 failed Timeout; t10 failed e11 0; t8 failed e17 0;
t9 result nil 0; root Timeout 1]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"gather", {{"coro", "c2", {{"log", "l3"}, {"log", "l4"}, {"return",
        "r5"}}}, {"coro", "c6", {{"await", {"sleep", 0.5, "s7"}}, {"return", "r8"}}}}, false}}},
      {"try", {"var", "g1"}},
      {"state", "g1"},
      {"soon", {{"cancel", "g1"}}},
      {"await", {"sleep", 3, "s10"}},
      {"spawn", "t11", {{"await", {"var", "g1"}}, {"raise", "e13"}}},
      {"fut", "f14"},
    },
    log = [=[
root starts; c2 starts; c2 l3; c2 l4; c2 ends; c6 starts; c6 got s7; c6 ends; root got [r5 r8];
root g1 result [r5 r8]; soon cancel g1 false; root got s10; root ends; t11 starts; t11 got [r5 r8];
t11 raises e13; f14 result settled; g1 result [r5 r8]; t11 failed e13 0; root nil 3.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"as_completed", {{"shield", {"wait_for", {"sleep", 0.5, "s2"}, 1.5}}, {"gather", {{"gather",
        {{"sleep", 1, "s3"}, {"coro", "c4", {}}}, true}}, true}, {"wait_for", {"wait_for",
        {"sleep", 0, "s5"}, 1}, 1}}, 2},
      {"later", 0, {{"log", "l6"}, {"log", "l7"}}},
      {"as_completed", {{"wait_for", {"gather", {{"coro", "c8", {{"soon", {{"log", "l9"}}},
        {"raise", "e10"}}}, {"sleep", 0.5, "s11"}, {"coro", "c12", {{"as_completed", {{"sleep", 1,
        "s13"}}, false, true}, {"return", "r14"}}}}, true}, false}}, 1},
      {"as_completed", {{"gather", {{"wait_for", {"coro", "c15", {{"try", {"sleep", 0.5, "s16"}},
        {"return", "r17"}}}, 0}, {"wait_for", {"coro", "c18", {{"await", {"sleep", 0, "s19"}}}},
        2}}, false}, {"shield", {"shield", {"sleep", 3, "s20"}}}, {"wait_for", {"wait_for",
        {"sleep", 0, "s21"}, false}, 5}}, false},
      {"log", "l22"},
    },
    log = [=[
root starts; root l1; c4 starts; c4 ends; root item s5; root item s2; root item [[s3 nil]];
c8 starts; c8 raises e10; c12 starts; timer l6; timer l7; soon l9; root item raised Timeout;
c18 starts; c18 got s19; c18 ends; c12 item s13; c12 ends; root item s21; root item raised Timeout;
root item s20; root l22; root ends; root nil 5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"soon", {{"fail", "f1", "x2"}, {"log", "l3"}}},
      {"spawn", "t5", {{"fut", "f6"}, {"try", {"var", "f6"}}, {"later", 1, {{"set", "f1", "x7"},
        {"log", "l8"}}}, {"try", {"wait_for", {"wait_for", {"coro", "c9", {{"as_completed",
        {{"sleep", 2, "s10"}, {"coro", "c11", {{"try", {"var", "f6"}}, {"return", "r12"}}}, {"var",
        "f1"}}, false}, {"raise", "e13"}}}, 1}, 5}}}, true},
      {"fut", "f14"},
      {"soon", {{"cancel", "f14"}}},
      {"log", "l15"},
      {"finally", {{"state", "t5"}, {"try_cancellable", {"wait", {"t5", "f14"}, 0,
        "FIRST_COMPLETED"}}, {"try", {"sleep", 3, "s16"}}, {"later", 2, {{"cancel", "f1"},
        {"cancel", "t5"}}}, {"return", "r17"}}, {{"fut", "f18"}, {"return", "r19"}}},
      {"return", "r20"},
    },
    log = [=[
root starts; t5 starts; root l15; root t5 pending 0; soon l3; soon cancel f14 true;
root got d:f14 p:t5; root got s16; root finally; root ends; t5 got settled; c9 starts; c11 starts;
c11 got settled; c11 ends; c9 item raised x2; c9 item r12; timer l8; c9 raises Cancelled;
t5 caught Timeout 4; t5 ends; f1 failed x2; f14 cancelled; f18 result settled; f6 result settled;
t5 result nil 0; root r20 4]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"ticker", 3, "k2"},
      {"spawn", "t3", {{"let", "g4", {"gather", {{"coro", "c5", {{"log", "l6"}, {"return", "r7"}}},
        {"coro", "c8", {{"try", {"sleep", 1, "s9"}}}}, {"sleep", 0, "s10"}}, false}}, {"soon", {}},
        {"as_completed", {{"shield", {"var", "g4"}}, {"gather", {{"var", "g4"}, {"sleep", 0,
        "s11"}, {"sleep", 1.5, "s12"}}, false}, {"gather", {{"var", "g4"}, {"var", "g4"}, {"var",
        "g4"}}, true}}, false}, {"spawn", "t13", {{"await", {"sleep", 3, "s14"}}, {"try", {"var",
        "g4"}}, {"try", {"shield", {"var", "g4"}}}}}}},
      {"as_completed", {{"var", "t3"}}, 2},
    },
    log = [=[
root starts; root got s1; k2 tick 1; t3 starts; k2 tick 2; c5 starts; c5 l6; c5 ends; c8 starts;
k2 tick 3; c8 got s9; c8 ends; t3 item [r7 nil s10];
t3 item [[r7 nil s10] [r7 nil s10] [r7 nil s10]]; t3 item [[r7 nil s10] s11 s12]; t3 ends;
t13 starts; root item nil; root ends; t13 got s14; t13 got [r7 nil s10]; t13 got [r7 nil s10];
t13 ends; g4 result [r7 nil s10]; t13 result nil 0; t3 result nil 0; root nil 4.5]=],
  },
  {
    program = {
      {"await", {"sleep", 1, "s1"}},
      {"spawn", "t2", {{"await", {"wait_for", {"wait_for", {"coro", "c3", {{"log", "l4"}, {"log",
        "l5"}}}, 2}, 1}}, {"log", "l6"}, {"return", "r7"}}},
      {"try_cancellable", {"gather", {{"shield", {"gather", {{"var", "t2"}}, true}}}, false}},
      {"fut", "f8"},
      {"fail", "f8", "x9"},
      {"cancel", "t2"},
      {"as_completed", {{"wait_for", {"shield", {"var", "t2"}}, 5}, {"var", "t2"}}, false},
      {"try_cancellable", {"shield", {"wait_for", {"coro", "c10", {{"try", {"coro", "c11",
        {{"later", 0, {{"cancel", "f8"}, {"cancel", "t2"}}}, {"return", "r13"}}}}, {"state", "t2"},
        {"return", "r14"}}}, 1.5}}},
      {"raise", "e15"},
    },
    log = [=[
root starts; root got s1; t2 starts; c3 starts; c3 l4; c3 l5; c3 ends; t2 got nil; t2 l6; t2 ends;
root got [[r7]]; root cancel t2 false; root item r7; root item r7; c10 starts; c11 starts; c11 ends;
c10 got r13; c10 t2 result r7 0; c10 ends; timer cancel f8 false; timer cancel t2 false;
root got r14; root raises e15; f8 failed x9; t2 result r7 0; root e15 1]=],
  },
  {
    program = {
      {"await", {"gather", {{"gather", {{"sleep", 3, "s1"}, {"gather", {}, true}}, true},
        {"gather", {{"sleep", 1.5, "s2"}, {"wait_for", {"coro", "c3", {{"log", "l4"}, {"log",
        "l5"}, {"raise", "e6"}}}, 1}, {"coro", "c7", {{"cancel_self"}, {"as_completed", {{"coro",
        "c8", {{"later", 0, {{"log", "l9"}}}, {"raise", "e10"}}}, {"coro", "c11", {{"spawn", "t12",
        {}}, {"return", "r17"}}}}, 1}, {"return", "r18"}}}}, false}, {"wait_for", {"wait_for",
        {"sleep", 0, "s19"}, 1.5}, 2}}, true}},
      {"uncancel"},
      {"log", "l20"},
      {"try", {"gather", {{"shield", {"sleep", 1.5, "s21"}}, {"shield", {"wait_for", {"sleep", 3,
        "s22"}, 1}}}, true}},
      {"let", "g23", {"shield", {"gather", {{"coro", "c24", {{"try", {"sleep", 1, "s25"}},
        {"return", "r26"}}}}, false}}},
      {"spawn", "t27", {{"state", "g23"}, {"await", {"gather", {{"sleep", 2, "s28"}, {"wait_for",
        {"coro", "c29", {{"ticker", 3, "k30"}}}, 1.5}}, false}}, {"return", "r31"}}},
      {"later", 1, {{"cancel", "g23"}}},
      {"as_completed", {{"sleep", 1.5, "s32"}, {"shield", {"var", "g23"}}}, false},
      {"raise", "e33"},
    },
    log = [=[
root starts; c3 starts; c3 l4; c3 l5; c3 raises e6; c7 starts; c7 self cancel true; c8 starts;
c8 raises e10; c11 starts; c11 ends; c7 raises Cancelled; t12 starts; t12 ends; timer l9;
root got [[s1 []] e6 s19]; root uncancel 0; root l20; root got [s21 Timeout]; c24 starts;
t27 starts; t27 g23 pending; c29 starts; c29 ends; k30 tick 1; k30 tick 2; k30 tick 3;
timer cancel g23 true; c24 got s25; c24 ends; root raises Cancelled; t27 got [s28 nil]; t27 ends;
g23 cancelled; t12 result nil 0; t27 result r31 0; root Cancelled 6.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"spawn", "t2", {{"try", {"gather", {{"wait_for", {"coro", "c3", {{"return", "r8"}}}, 0.5}},
        false}}, {"try_cancellable", {"wait_for", {"gather", {{"coro", "c9", {{"log", "l10"},
        {"raise", "e11"}}}, {"coro", "c12", {{"return", "r15"}}}}, false}, 0.5}},
        {"try_cancellable", {"sleep", 0, "s16"}}, {"return", "r17"}}},
      {"try_cancellable", {"wait", {"t2"}, 0, "FIRST_COMPLETED"}},
      {"fut", "f18"},
      {"fut", "f19"},
      {"as_completed", {{"var", "t2"}, {"var", "f18"}}, 1, true},
      {"spawn", "t20", {{"as_completed", {{"wait", {"t2"}, 0, "ALL_COMPLETED"}, {"gather",
        {{"sleep", 1.5, "s21"}}, false}}, 1}, {"spawn", "t22", {{"later", 3, {{"fail", "f19",
        "x23"}, {"cancel", "f18"}}}, {"raise", "e24"}}, true}, {"uncancel"}}},
      {"state", "f18"},
      {"await", {"var", "f18"}},
      {"later", 3, {{"fail", "f18", "x25"}, {"cancel", "f18"}}},
      {"raise", "e26"},
    },
    log = [=[
root starts; root l1; t2 starts; c3 starts; c3 ends; root got d: p:t2; t2 got [r8]; c9 starts;
c9 l10; c9 raises e11; c12 starts; c12 ends; t2 caught e11 0; t2 got s16; t2 ends; root item r17;
root items Timeout; root f18 pending; t20 starts; t20 item d:t2 p:; t20 item raised Timeout;
t22 starts; t22 raises e24; t20 uncancel 0; t20 ends; timer cancel f18 true; root raises Cancelled;
f18 cancelled; f19 failed x23; t2 result r17 0; t20 result nil 0; t22 failed e24 0;
root Cancelled 5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"let", "g2", {"gather", {{"coro", "c3", {{"as_completed", {{"var", "f1"}, {"var", "f1"}},
        false}, {"soon", {{"cancel", "f1"}}}, {"return", "r5"}}}, {"var", "f1"}}, false}},
      {"await", {"sleep", 3, "s6"}},
      {"state", "g2"},
      {"soon", {{"callback", "g2", "cb7"}, {"log", "l8"}}},
      {"await", {"coro", "c9", {{"await", {"gather", {{"shield", {"var", "f1"}}, {"var", "f1"}},
        false}}, {"ticker", 3, "k10"}, {"set", "f1", "x11"}, {"fut", "f12"}, {"return", "r13"}}}},
      {"return", "r14"},
    },
    log = [=[
root starts; c3 starts; root got s6; root g2 pending; c9 starts; soon l8; c3 item settled; c3 ends;
soon cancel f1 false; c9 got [settled settled]; c9 ends; root got r13; root ends; callback cb7;
k10 tick 1; k10 tick 2; f1 result settled; f12 result settled; g2 result [r5 settled]; root r14 50;
k10 tick 3]=],
  },
  {
    program = {
      {"await", {"sleep", 0.5, "s1"}},
      {"soon", {{"log", "l2"}}},
      {"await", {"gather", {{"wait_for", {"gather", {{"coro", "c3", {{"await", {"sleep", 1.5,
        "s4"}}, {"raise", "e5"}}}, {"coro", "c6", {{"later", 2, {{"log", "l7"}, {"log", "l8"}}},
        {"raise", "e9"}}}}, false}, 0}, {"wait_for", {"shield", {"sleep", 2, "s10"}}, 1.5},
        {"gather", {{"gather", {{"coro", "c11", {{"fut", "f12"}, {"raise", "e13"}}}, {"sleep", 0,
        "s14"}}, false}, {"gather", {{"sleep", 0.5, "s15"}, {"sleep", 0, "s16"}}, true}}, false}},
        true}},
      {"try_cancellable", {"shield", {"wait_for", {"sleep", 3, "s17"}, 1.5}}},
      {"await", {"sleep", 1, "s18"}},
      {"later", 1, {{"log", "l19"}}},
      {"try", {"gather", {{"wait_for", {"sleep", 0, "s20"}, 2}}, true}},
      {"await", {"sleep", 1, "s21"}},
      {"log", "l22"},
      {"log", "l23"},
      {"await", {"sleep", 3, "s24"}},
      {"try", {"gather", {{"gather", {}, false}, {"shield", {"gather", {{"coro", "c25", {{"await",
        {"coro", "c26", {{"try_cancellable", {"coro", "c27", {{"return", "r30"}}}}}}}}}}, false}},
        {"sleep", 0, "s31"}}, false}},
      {"later", 0, {{"log", "l32"}}},
      {"try", {"wait_for", {"gather", {{"gather", {{"sleep", 3, "s33"}, {"coro", "c34", {{"log",
        "l35"}, {"log", "l36"}, {"raise", "e37"}}}}, true}}, true}, 0.5}},
      {"return", "r38"},
    },
    log = [=[
root starts; root got s1; soon l2; c3 starts; c6 starts; c6 raises e9; c11 starts; c11 raises e13;
c3 raises Cancelled; root got [e9 Timeout e13]; timer l7; timer l8; root caught Timeout 3.5;
root got s18; root got [s20]; timer l19; root got s21; root l22; root l23; root got s24; c25 starts;
c26 starts; c27 starts; c27 ends; c26 got r30; c26 ends; c25 got nil; c25 ends;
root got [[] [nil] s31]; c34 starts; c34 l35; c34 l36; c34 raises e37; timer l32;
root caught Timeout 9; root ends; f12 result settled; root r38 9]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"coro", "c2", {{"try", {"sleep", 1, "s3"}}, {"fut", "f4"},
        {"raise", "e5"}}}}},
      {"try", {"shield", {"var", "g1"}}},
      {"spawn", "t6", {{"try", {"wait", {"g1", "g1"}, false, "ALL_COMPLETED"}}, {"later", 0, {}},
        {"try_cancellable", {"gather", {}, true}}, {"as_completed", {{"var", "g1"}, {"wait_for",
        {"var", "g1"}, 1}}, 2, true}, {"return", "r7"}}, true},
      {"ticker", 3, "k8"},
      {"try", {"var", "g1"}},
      {"try", {"shield", {"wait_for", {"wait", {"t6"}, 1, "FIRST_COMPLETED"}, 2}}},
      {"cancel", "t6"},
      {"as_completed", {{"wait_for", {"var", "t6"}, 0}, {"wait", {"g1", "g1", "g1"}, 0,
        "ALL_COMPLETED"}}, false, true},
    },
    log = [=[
root starts; c2 starts; c2 got s3; c2 raises e5; root caught e5 1; t6 starts; root caught e5 1;
k8 tick 1; t6 got d:g1 p:; t6 got []; k8 tick 2; k8 tick 3; t6 item e5; t6 item e5; t6 ends;
root got d:t6 p:; root cancel t6 false; root item r7; root item d:g1 p:; root ends;
f4 result settled; g1 failed e5; t6 result r7 0; root nil 1]=],
  },
  {
    program = {
      {"await", {"gather", {{"gather", {{"gather", {{"coro", "c1", {{"try_cancellable", {"coro",
        "c2", {{"try", {"sleep", 0, "s3"}}}}}}}}, true}, {"gather", {{"sleep", 3, "s4"}, {"coro",
        "c5", {{"await", {"sleep", 0, "s6"}}}}, {"coro", "c7", {{"log", "l8"}, {"return", "r9"}}}},
        true}, {"sleep", 1.5, "s10"}}, false}}, true}},
      {"ticker", 1, "k11"},
      {"try", {"wait_for", {"shield", {"gather", {}, false}}, 5}},
      {"fut", "f12"},
      {"fut", "f13"},
      {"try", {"wait_for", {"gather", {{"var", "f13"}, {"var", "f13"}}, false}, false}},
      {"ticker", 3, "k15"},
      {"try", {"var", "f13"}},
      {"later", 0, {{"cancel", "f12"}, {"log", "l17"}}},
    },
    log = [=[
root starts; c1 starts; c2 starts; c5 starts; c7 starts; c7 l8; c7 ends; c2 got s3; c2 ends;
c1 got nil; c1 ends; c5 got s6; c5 ends; root got [[[nil] [s4 nil r9] s10]]; root got [];
k11 tick 1; root got [settled settled]; root got settled; root ends; k15 tick 1;
timer cancel f12 false; timer l17; k15 tick 2; f12 result settled; f13 result settled; root nil 50;
k15 tick 3]=],
  },
  {
    program = {
      {"try_cancellable", {"coro", "c1", {{"soon", {{"log", "l2"}, {"log", "l3"}}}, {"let", "g6",
        {"gather", {{"sleep", 0, "s7"}, {"sleep", 0, "s8"}, {"coro", "c9", {{"await", {"sleep",
        0.5, "s10"}}, {"raise", "e11"}}}}, false}}, {"soon", {{"cancel", "g6"}}}, {"raise",
        "e12"}}}},
      {"try", {"shield", {"wait_for", {"gather", {{"coro", "c13", {{"uncancel"}}}, {"sleep", 0,
        "s14"}, {"coro", "c15", {{"raise", "e18"}}}}, false}, 0}}},
      {"ticker", 3, "k19"},
      {"log", "l20"},
      {"as_completed", {{"sleep", 0, "s21"}, {"wait_for", {"wait_for", {"coro", "c22", {{"return",
        "r25"}}}, 0.5}, -1}, {"coro", "c26", {{"ticker", 4, "k27"}, {"return", "r28"}}}}, false},
      {"await", {"sleep", 2, "s29"}},
      {"cancel_self"},
      {"soon", {{"log", "l30"}, {"log", "l31"}}},
      {"try", {"wait_for", {"shield", {"coro", "c32", {{"ticker", 2, "k33"}, {"log", "l34"}}}},
        1.5}},
      {"try", {"gather", {{"wait_for", {"sleep", 3, "s35"}, 1}, {"gather", {}, false}, {"gather",
        {{"wait_for", {"coro", "c36", {{"log", "l37"}, {"return", "r38"}}}, 1}}, false}}, true}},
    },
    log = [=[
root starts; c1 starts; c1 raises e12; root caught e12 0; soon l2; soon l3; c9 starts;
soon cancel g6 true; c13 starts; c13 uncancel 0; c13 ends; c15 starts; c15 raises e18;
c9 raises Cancelled; root caught e18 0; root l20; k19 tick 1; c26 starts; c26 ends; k19 tick 2;
k27 tick 1; k19 tick 3; k27 tick 2; root item r28; root item s21; k27 tick 3; k27 tick 4;
root item raised Timeout; root got s29; root self cancel true; soon l30; soon l31; c32 starts;
c32 l34; c32 ends; root caught Cancelled 2; k33 tick 1; c36 starts; c36 l37; c36 ends; k33 tick 2;
root got [Timeout [] [r38]]; root ends; g6 failed Cancelled; root nil 3]=],
  },
  {
    program = {
      {"spawn", "t1", {{"return", "r2"}}},
      {"let", "g3", {"gather", {{"wait_for", {"var", "t1"}, 1}}, false}},
      {"spawn", "t4", {{"try", {"var", "t1"}}, {"ticker", 3, "k5"}, {"callback", "t1", "cb6"},
        {"cancel", "g3"}, {"await", {"var", "g3"}}, {"raise", "e7"}}, true},
      {"log", "l8"},
      {"as_completed", {{"gather", {}, true}}, 2},
      {"log", "l9"},
      {"log", "l10"},
      {"later", 0, {{"log", "l11"}}},
      {"try", {"wait_for", {"var", "t4"}, 1}},
      {"soon", {{"callback", "g3", "cb12"}}},
      {"later", 3, {{"cancel", "g3"}, {"log", "l13"}}},
      {"state", "g3"},
    },
    log = [=[
root starts; t4 starts; root l8; t1 starts; t1 ends; t4 got r2; t4 cancel g3 false; root item [];
root l9; root l10; k5 tick 1; callback cb6; t4 got [r2]; t4 raises e7; timer l11; k5 tick 2;
root caught e7 0; root g3 result [r2]; root ends; k5 tick 3; callback cb12; g3 result [r2];
t1 result r2 0; t4 failed e7 0; root nil 0]=],
  },
  {
    program = {
      {"try_cancellable", {"coro", "c1", {{"try", {"shield", {"sleep", 0, "s2"}}}, {"as_completed",
        {{"gather", {{"sleep", 0, "s3"}}, true}}, 2}, {"return", "r4"}}}},
      {"spawn", "t5", {{"try_cancellable", {"coro", "c6", {{"try_cancellable", {"shield", {"sleep",
        0.5, "s7"}}}, {"raise", "e8"}}}}, {"spawn", "t9", {{"later", 1, {{"log", "l10"}}},
        {"await", {"sleep", 1, "s11"}}, {"return", "r12"}}}, {"let", "g13", {"gather", {{"var",
        "t9"}}, true}}, {"soon", {{"cancel", "t9"}}}}},
      {"state", "t5"},
      {"await", {"sleep", 2, "s14"}},
      {"try", {"wait_for", {"gather", {{"var", "t5"}}, true}, 2}},
      {"finally", {{"log", "l15"}, {"as_completed", {{"gather", {{"var", "t5"}, {"var", "t5"},
        {"var", "t5"}}, true}, {"var", "t5"}}, 2}, {"later", 3, {{"cancel", "t5"}}}, {"soon",
        {{"callback", "t5", "cb16"}}}}, {{"finally", {{"uncancel"}, {"raise", "e17"}}, {{"try",
        {"var", "t5"}}}}}},
      {"state", "t5"},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 item [s3]; c1 ends; root got r4; root t5 pending 0; t5 starts;
c6 starts; c6 got s7; c6 raises e8; t5 caught e8 0.5; t5 ends; t9 starts; soon cancel t9 true;
t9 raises Cancelled; timer l10; root got s14; root got [nil]; root l15; root item [nil nil nil];
root item nil; root finally; root uncancel 0; root finally; root got nil; root raises e17;
callback cb16; g13 result [Cancelled]; t5 result nil 0; t9 cancelled 1; root e17 2]=],
  },
  {
    program = {
      {"await", {"gather", {{"coro", "c1", {}}, {"wait_for", {"wait_for", {"coro", "c2", {{"try",
        {"coro", "c3", {{"try", {"sleep", 0, "s4"}}, {"return", "r5"}}}}, {"return", "r6"}}},
        false}, -1}}, true}},
      {"spawn", "t7", {{"soon", {{"log", "l8"}, {"log", "l9"}}}, {"later", 3, {{"log", "l10"}}},
        {"return", "r11"}}},
      {"ticker", 1, "k12"},
      {"fut", "f13"},
      {"try", {"coro", "c14", {{"as_completed", {{"var", "t7"}}, false, true}, {"as_completed",
        {{"wait_for", {"var", "f13"}, 1}, {"var", "f13"}, {"var", "t7"}}, 0}, {"ticker", 2, "k15"},
        {"cancel", "f13"}, {"cancel", "f13"}}}},
      {"cancel", "f13"},
      {"state", "f13"},
      {"let", "g20", {"gather", {{"var", "t7"}}, true}},
      {"cancel_self"},
      {"soon", {{"log", "l21"}, {"cancel", "g20"}}},
      {"soon", {{"fail", "f13", "x22"}, {"cancel", "g20"}}},
      {"spawn", "t23", {{"later", 1, {{"cancel", "f13"}}}}},
      {"try", {"wait_for", {"wait_for", {"var", "t23"}, 1.5}, 5}},
    },
    log = [=[
root starts; c1 starts; c1 ends; root got [nil Timeout]; c14 starts; t7 starts; t7 ends; k12 tick 1;
soon l8; soon l9; c14 item r11; c14 item r11; c14 item raised Timeout; c14 item raised Timeout;
c14 cancel f13 true; c14 cancel f13 false; c14 ends; root got nil; root cancel f13 false;
root f13 cancelled; root self cancel true; k15 tick 1; soon l21; soon cancel g20 false;
soon cancel g20 false; k15 tick 2; root caught Cancelled 0; root ends; f13 cancelled;
g20 result [r11]; t23 cancelled 1; t7 result r11 0; root nil 0]=],
  },
  {
    program = {
      {"await", {"gather", {{"gather", {{"sleep", 0, "s1"}, {"sleep", 0, "s2"}, {"gather",
        {{"sleep", 1, "s3"}, {"coro", "c4", {{"try_cancellable", {"sleep", 0, "s5"}}}}, {"sleep",
        0, "s6"}}, false}}, true}, {"gather", {{"gather", {{"coro", "c7", {}}}, true}, {"sleep", 0,
        "s11"}}, true}}, true}},
      {"try_cancellable", {"wait_for", {"sleep", 0, "s12"}, 2}},
      {"fut", "f13"},
      {"state", "f13"},
      {"spawn", "t14", {{"try", {"gather", {{"var", "f13"}, {"var", "f13"}}, false}}, {"log",
        "l15"}, {"cancel", "f13"}, {"await", {"sleep", 1, "s16"}}, {"uncancel"}, {"return",
        "r17"}}},
      {"return", "r18"},
    },
    log = [=[
root starts; c4 starts; c7 starts; c7 ends; c4 got s5; c4 ends;
root got [[s1 s2 [s3 nil s6]] [[nil] s11]]; root got s12; root f13 pending; root ends; t14 starts;
t14 got [settled settled]; t14 l15; t14 cancel f13 false; t14 got s16; t14 uncancel 0; t14 ends;
f13 result settled; t14 result r17 0; root r18 2]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"sleep", 0, "s2"}}},
      {"try", {"coro", "c3", {{"try", {"wait_for", {"var", "g1"}, 0.5}}, {"await", {"sleep", 1.5,
        "s4"}}, {"soon", {{"cancel", "g1"}}}, {"as_completed", {{"wait_for", {"var", "g1"}, -1},
        {"shield", {"sleep", 1.5, "s5"}}}, 2}}}},
      {"await", {"var", "g1"}},
      {"fut", "f6"},
      {"let", "g7", {"gather", {{"var", "g1"}, {"gather", {}, true}, {"shield", {"var", "g1"}}},
        false}},
      {"as_completed", {{"var", "g1"}}, 0},
      {"try_cancellable", {"wait_for", {"var", "g7"}, 2}},
      {"spawn", "t12", {{"await", {"sleep", 3, "s13"}}, {"await", {"shield", {"var", "f6"}}},
        {"as_completed", {{"coro", "c14", {{"fail", "f6", "x15"}, {"cancel", "f6"}, {"cancel",
        "f6"}}}, {"shield", {"var", "f6"}}, {"var", "g7"}}, 0, true}, {"return", "r16"}}},
      {"return", "r17"},
    },
    log = [=[
root starts; c3 starts; c3 got s2; c3 got s4; soon cancel g1 false; c3 item s2; c3 item s5; c3 ends;
root got nil; root got s2; root item s2; root got [s2 [] s2]; root ends; t12 starts; t12 got s13;
t12 got settled; c14 starts; c14 cancel f6 false; c14 cancel f6 false; c14 ends; t12 item settled;
t12 item [s2 [] s2]; t12 items Timeout; t12 ends; f6 result settled; g1 result s2;
g7 result [s2 [] s2]; t12 result r16 0; root r17 6]=],
  },
  {
    program = {
      {"as_completed", {{"shield", {"sleep", 0, "s1"}}, {"wait_for", {"gather", {{"coro", "c2",
        {{"later", 1, {{"log", "l3"}}}, {"raise", "e4"}}}, {"sleep", 0.5, "s5"}, {"coro", "c6",
        {{"await", {"coro", "c7", {{"spawn", "t8", {{"return", "r11"}}}, {"return", "r12"}}}},
        {"raise", "e13"}}}}, false}, 5}, {"wait_for", {"gather", {{"sleep", 0, "s14"}, {"coro",
        "c15", {{"await", {"sleep", 0, "s16"}}}}}, false}, false}}, false},
      {"ticker", 3, "k17"},
      {"try", {"gather", {}, true}},
      {"log", "l18"},
      {"as_completed", {{"shield", {"wait_for", {"sleep", 0, "s19"}, 0}}, {"shield", {"wait_for",
        {"coro", "c20", {{"try_cancellable", {"sleep", 1, "s21"}}}}, 2}}, {"coro", "c22",
        {{"try_cancellable", {"gather", {{"coro", "c23", {{"log", "l24"}, {"log", "l25"},
        {"return", "r26"}}}, {"sleep", 0, "s27"}}, true}}, {"return", "r28"}}}}, false},
    },
    log = [=[
root starts; c2 starts; c2 raises e4; c6 starts; c7 starts; c7 ends; c6 got r12; c6 raises e13;
c15 starts; t8 starts; t8 ends; c15 got s16; c15 ends; root item s1; root item raised e4;
root item [s14 nil]; root got []; root l18; k17 tick 1; c20 starts; c22 starts; k17 tick 2;
c23 starts; c23 l24; c23 l25; c23 ends; k17 tick 3; c22 got [r26 s27]; c22 ends;
root item raised Timeout; root item r28; timer l3; c20 got s21; c20 ends; root item nil; root ends;
t8 result r11 0; root nil 1]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"await", {"sleep", 1.5, "s2"}},
      {"soon", {{"log", "l3"}}},
      {"try_cancellable", {"sleep", 0, "s4"}},
      {"spawn", "t5", {{"later", 0, {{"cancel", "f1"}}}, {"return", "r6"}}},
      {"as_completed", {{"coro", "c7", {{"spawn", "t8", {{"as_completed", {{"var", "f1"}, {"var",
        "t5"}, {"var", "t5"}}, 1}, {"later", 0, {{"callback", "t5", "cb9"}, {"set", "f1", "x10"}}},
        {"raise", "e11"}}}, {"set", "f1", "x12"}, {"soon", {{"cancel", "f1"}}}}}, {"wait_for",
        {"gather", {{"var", "f1"}}, false}, 0}, {"var", "t5"}}, 1},
      {"try", {"shield", {"gather", {{"wait", {"f1"}, 0, "ALL_COMPLETED"}}, true}}},
      {"fut", "f13"},
      {"fail", "f1", "x14"},
      {"await", {"gather", {{"wait_for", {"sleep", 1.5, "s15"}, 0.5}, {"var", "f13"}}, false}},
      {"try", {"shield", {"shield", {"var", "f1"}}}},
      {"spawn", "t16", {{"spawn", "t17", {{"spawn", "t18", {}}, {"soon", {{"cancel", "f13"}}}}},
        {"await", {"wait", {"t17"}, false, "FIRST_COMPLETED"}}, {"raise", "e26"}}, true},
      {"later", 0.5, {{"callback", "t5", "cb27"}, {"fail", "f13", "x28"}}},
      {"log", "l29"},
    },
    log = [=[
root starts; root got s2; soon l3; root got s4; t5 starts; t5 ends; c7 starts; c7 ends; t8 starts;
soon cancel f1 false; timer cancel f1 false; root item r6; root item nil; t8 item x12; t8 item r6;
t8 raises e11; root item [x12]; callback cb9; root got [d:f1 p:]; root raises Timeout;
f1 result x12; f13 result settled; t5 result r6 0; t8 failed e11 0; root Timeout 2]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"coro", "c2", {{"try", {"coro", "c3", {{"try", {"coro", "c4",
        {{"raise", "e9"}}}}, {"return", "r10"}}}}, {"return", "r11"}}}}, true}},
      {"as_completed", {{"var", "g1"}, {"var", "g1"}}, false},
      {"try", {"shield", {"shield", {"var", "g1"}}}},
      {"spawn", "t12", {{"as_completed", {{"gather", {{"sleep", 1, "s13"}, {"coro", "c14",
        {{"cancel", "g1"}, {"log", "l15"}, {"return", "r16"}}}}, false}, {"var", "g1"}}, false},
        {"await", {"sleep", 1, "s17"}}, {"finally", {{"soon", {}}, {"raise", "e18"}}, {{"ticker",
        1, "k19"}, {"raise", "e20"}}}, {"return", "r21"}}},
      {"as_completed", {{"shield", {"wait", {"g1"}, false, "ALL_COMPLETED"}}}, 1},
    },
    log = [=[
root starts; c2 starts; c3 starts; c4 starts; c4 raises e9; c3 caught e9 0; c3 ends; c2 got r10;
c2 ends; root item [r11]; root got [r11]; t12 starts; c14 starts; c14 cancel g1 false; c14 l15;
c14 ends; t12 item [r11]; root item d:g1 p:; root ends; t12 item [s13 r16]; t12 got s17;
t12 finally; t12 raises e20; k19 tick 1; g1 result [r11]; t12 failed e20 0; root nil 2]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"sleep", 1.5, "s2"}, {"wait_for", {"coro", "c3", {{"as_completed",
        {{"sleep", 2, "s4"}}, false}, {"return", "r5"}}}, 5}}, true}},
      {"spawn", "t6", {{"cancel", "g1"}, {"cancel", "g1"}, {"cancel", "g1"}, {"try", {"wait",
        {"g1"}, 1, "FIRST_EXCEPTION"}}, {"raise", "e7"}}},
      {"fut", "f8"},
      {"try", {"coro", "c9", {{"return", "r11"}}}},
      {"try", {"gather", {}, false}},
      {"as_completed", {{"var", "f8"}}, 2},
      {"await", {"coro", "c12", {{"spawn", "t13", {{"try_cancellable", {"sleep", 1, "s14"}},
        {"spawn", "t15", {{"await", {"var", "g1"}}}, true}, {"return", "r16"}}, true}, {"let",
        "g17", {"gather", {}, false}}, {"as_completed", {{"gather", {{"var", "t6"}}, false},
        {"var", "g17"}, {"wait_for", {"var", "g1"}, 2}}, 2, true}, {"finally", {{"later", 0,
        {{"set", "f8", "x18"}}}, {"state", "g17"}, {"await", {"wait_for", {"var", "g17"}, 1}}},
        {{"fut", "f19"}, {"cancel", "f8"}, {"cancel", "f19"}}}, {"return", "r21"}}}},
      {"try", {"gather", {{"coro", "c22", {{"later", 0, {{"log", "l23"}, {"log", "l24"}}}}},
        {"coro", "c25", {{"state", "g1"}}}}, true}},
      {"as_completed", {{"wait", {"t6"}, false, "ALL_COMPLETED"}, {"gather", {{"shield", {"var",
        "t6"}}, {"wait_for", {"var", "f8"}, 5}, {"var", "t6"}}, true}, {"gather", {{"var", "g1"},
        {"var", "f8"}}, false}}, 1},
      {"fut", "f26"},
      {"set", "f26", "x27"},
      {"log", "l28"},
      {"return", "r29"},
    },
    log = [=[
root starts; c9 starts; c9 ends; root got r11; root got []; c3 starts; t6 starts; t6 cancel g1 true;
t6 cancel g1 true; t6 cancel g1 true; c3 raises Cancelled; t6 got d:g1 p:; t6 raises e7;
root item raised Timeout; c12 starts; t13 starts; c12 item e7; c12 item []; c12 item Cancelled;
c12 g17 result []; c12 got []; c12 finally; c12 cancel f8 true; c12 cancel f19 true; c12 ends;
root got r21; c22 starts; c22 ends; c25 starts; c25 g1 failed Cancelled; c25 ends; timer l23;
timer l24; root got [nil nil]; root raises Cancelled; t13 got s14; t15 starts; t15 raises Cancelled;
t13 ends; f19 cancelled; f8 cancelled; g1 failed Cancelled; g17 result []; t13 result r16 0;
t15 cancelled 0; t6 failed e7 0; root Cancelled 3]=],
  },
  {
    program = {
      {"log", "l1"},
      {"as_completed", {{"shield", {"shield", {"coro", "c2", {{"ticker", 2, "k3"}, {"return",
        "r4"}}}}}, {"wait_for", {"sleep", 1, "s5"}, false}, {"gather", {{"shield", {"sleep", 2,
        "s6"}}}, false}}, false, true},
      {"later", 0, {{"log", "l7"}}},
      {"later", 1, {{"log", "l8"}}},
      {"fut", "f9"},
      {"as_completed", {{"wait_for", {"var", "f9"}, -1}, {"shield", {"var", "f9"}}, {"shield",
        {"wait_for", {"var", "f9"}, 2}}}, false, true},
      {"uncancel"},
      {"try", {"var", "f9"}},
      {"await", {"sleep", 0.5, "s11"}},
      {"cancel", "f9"},
      {"fail", "f9", "x12"},
      {"let", "g13", {"shield", {"gather", {{"var", "f9"}}, true}}},
      {"later", 0, {{"log", "l14"}}},
    },
    log = [=[
root starts; root l1; c2 starts; c2 ends; k3 tick 1; k3 tick 2; root item r4; root item s5;
root item [s6]; timer l7; root item Cancelled; root item Cancelled; root item Timeout;
root uncancel 0; root caught Cancelled 2; root got s11; root cancel f9 false; root ends; timer l14;
f9 cancelled; g13 result [Cancelled]; root nil 2.5]=],
  },
  {
    program = {
      {"try", {"wait_for", {"wait_for", {"sleep", 0, "s1"}, 1.5}, 1.5}},
      {"later", 0, {{"log", "l4"}, {"log", "l5"}}},
      {"as_completed", {{"gather", {{"sleep", 2, "s6"}, {"wait_for", {"sleep", 0, "s7"}, 5},
        {"gather", {{"sleep", 0, "s8"}, {"sleep", 0, "s9"}}, false}}, true}, {"gather",
        {{"wait_for", {"coro", "c10", {{"try", {"sleep", 0.5, "s11"}}, {"return", "r12"}}}, 0},
        {"wait_for", {"sleep", 0, "s13"}, 1.5}, {"wait_for", {"sleep", 0, "s14"}, 1}}, true}},
        false},
      {"spawn", "t15", {{"log", "l16"}, {"fut", "f17"}, {"finally", {{"spawn", "t18", {{"soon",
        {{"set", "f17", "x19"}, {"cancel", "f17"}}}, {"return", "r20"}}}, {"await", {"gather",
        {{"sleep", 1, "s21"}, {"sleep", 0, "s22"}}, false}}, {"spawn", "t23", {{"try_cancellable",
        {"var", "f17"}}, {"raise", "e25"}}}, {"return", "r26"}}, {{"cancel_self"}}}, {"finally",
        {{"spawn", "t27", {{"try", {"var", "f17"}}, {"raise", "e28"}}}}, {{"log", "l29"}}}}, true},
      {"cancel", "t15"},
      {"later", 0, {{"cancel", "t15"}}},
      {"log", "l30"},
      {"raise", "e31"},
    },
    log = [=[
root starts; root got s1; timer l4; timer l5; root item [Timeout s13 s14];
root item [s6 s7 [s8 s9]]; t15 starts; t15 l16; root cancel t15 true; root l30; root raises e31;
t18 starts; t18 ends; timer cancel t15 true; soon cancel f17 false; t15 finally;
t15 self cancel true; t15 raises Cancelled; f17 result x19; t15 cancelled 3; t18 result r20 0;
root e31 2]=],
  },
  {
    program = {
      {"log", "l1"},
      {"later", 0.5, {{"log", "l2"}}},
      {"as_completed", {{"gather", {{"gather", {}, false}}, false}, {"wait_for", {"shield",
        {"coro", "c3", {{"log", "l4"}, {"log", "l5"}, {"raise", "e6"}}}}, false}}, false},
      {"await", {"sleep", 1, "s7"}},
      {"let", "g8", {"shield", {"gather", {}, false}}},
      {"as_completed", {{"gather", {{"shield", {"var", "g8"}}, {"gather", {{"var", "g8"}, {"var",
        "g8"}}, true}, {"wait_for", {"coro", "c9", {{"raise", "e10"}}}, 1.5}}, false}, {"var",
        "g8"}, {"var", "g8"}}, 2},
      {"finally", {{"soon", {{"callback", "g8", "cb11"}}}, {"try_cancellable", {"shield",
        {"gather", {{"var", "g8"}, {"var", "g8"}}, true}}}, {"return", "r12"}}, {{"await",
        {"sleep", 0.5, "s13"}}, {"return", "r14"}}},
    },
    log = [=[
root starts; root l1; c3 starts; c3 l4; c3 l5; c3 raises e6; root item [[]]; root item raised e6;
timer l2; root got s7; c9 starts; c9 raises e10; root item []; root item raised e10;
root got [[] []]; root finally; callback cb11; root got s13; root ends; g8 result [];
root nil 1.5]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"gather", {}, true}}, true}},
      {"try", {"wait_for", {"gather", {}, true}, 1.5}},
      {"try", {"wait", {"g1"}, 0, "FIRST_EXCEPTION"}},
      {"spawn", "t2", {{"as_completed", {{"gather", {{"var", "g1"}, {"coro", "c3", {{"ticker", 2,
        "k4"}, {"return", "r5"}}}}, false}, {"coro", "c6", {}}}, 2, true}, {"fut", "f9"}, {"await",
        {"sleep", 0, "s10"}}, {"try", {"wait_for", {"wait_for", {"sleep", 3, "s11"}, -1}, 5}},
        {"return", "r12"}}},
      {"state", "t2"},
      {"try", {"coro", "c13", {{"ticker", 3, "k14"}, {"as_completed", {{"wait_for", {"var", "g1"},
        5}, {"coro", "c15", {{"cancel_self"}, {"raise", "e16"}}}, {"gather", {}, false}}, false,
        true}}}},
      {"try", {"wait_for", {"var", "g1"}, 0}},
      {"spawn", "t17", {{"finally", {{"await", {"var", "g1"}}, {"return", "r18"}}, {{"cancel",
        "t2"}, {"return", "r19"}}}, {"ticker", 3, "k20"}, {"try", {"wait_for", {"coro", "c21",
        {{"try_cancellable", {"var", "g1"}}}}, false}}, {"cancel_self"}, {"raise", "e22"}}},
      {"spawn", "t23", {{"later", 0.5, {{"cancel", "t2"}}}, {"later", 0, {}}, {"return", "r24"}}},
      {"return", "r25"},
    },
    log = [=[
root starts; root got []; root got d:g1 p:; root t2 pending 0; c13 starts; t2 starts; k14 tick 1;
c15 starts; c15 self cancel true; c15 raises e16; c3 starts; c3 ends; c6 starts; c6 ends;
k14 tick 2; c13 item []; c13 item [[]]; c13 item e16; c13 ends; root got nil; root got [[]];
root ends; k4 tick 1; k14 tick 3; t17 starts; t17 got [[]]; t17 finally; t17 cancel t2 true;
c21 starts; c21 got [[]]; c21 ends; t17 got nil; t17 self cancel true; t17 raises e22; t23 starts;
t23 ends; k4 tick 2; t2 raises Cancelled; k20 tick 1; g1 result [[]]; t17 failed e22 1;
t2 cancelled 1; t23 result r24 0; root r25 0; k20 tick 2]=],
  },
  {
    program = {
      {"try_cancellable", {"gather", {{"sleep", 0, "s1"}, {"wait_for", {"sleep", 0, "s2"}, 0},
        {"gather", {}, false}}, true}},
      {"let", "g3", {"shield", {"wait_for", {"sleep", 0, "s4"}, 1}}},
      {"await", {"sleep", 3, "s5"}},
      {"cancel", "g3"},
      {"let", "g6", {"gather", {{"gather", {}, false}, {"sleep", 2, "s7"}, {"shield", {"coro",
        "c8", {{"try_cancellable", {"sleep", 0.5, "s9"}}, {"raise", "e10"}}}}}, true}},
      {"spawn", "t11", {{"later", 0, {{"cancel", "g6"}}}, {"try_cancellable", {"gather", {{"var",
        "g3"}, {"gather", {{"var", "g3"}}, false}, {"var", "g3"}}, false}}}},
      {"try", {"sleep", 1, "s12"}},
      {"spawn", "t13", {{"try", {"var", "g3"}}, {"callback", "t11", "cb14"}, {"spawn", "t15", {}},
        {"try_cancellable", {"coro", "c16", {{"await", {"sleep", 0, "s17"}}, {"fut", "f18"},
        {"try", {"var", "f18"}}, {"raise", "e19"}}}}}},
      {"raise", "e20"},
    },
    log = [=[
root starts; root got [s1 Timeout []]; root got s5; root cancel g3 false; c8 starts; t11 starts;
t11 got [s4 [s4] s4]; t11 ends; timer cancel g6 true; c8 got s9; c8 raises e10; root got s12;
root raises e20; t13 starts; t13 got s4; c16 starts; callback cb14; t15 starts; t15 ends;
c16 got s17; c16 got settled; c16 raises e19; t13 caught e19 4; t13 ends; f18 result settled;
g3 result s4; g6 failed Cancelled; t11 result nil 0; t13 result nil 0; t15 result nil 0;
root e20 4]=],
  },
  {
    program = {
      {"finally", {{"spawn", "t1", {{"await", {"sleep", 0, "s2"}}, {"raise", "e3"}}}, {"spawn",
        "t4", {{"soon", {{"cancel", "t1"}, {"cancel", "t1"}}}, {"raise", "e5"}}}, {"return",
        "r6"}}, {{"as_completed", {{"sleep", 0.5, "s7"}, {"sleep", 1, "s8"}}, false, true}}},
      {"spawn", "t9", {{"await", {"gather", {}, false}}, {"finally", {{"await", {"sleep", 0,
        "s10"}}, {"raise", "e11"}}, {{"spawn", "t12", {{"await", {"sleep", 3, "s13"}}, {"return",
        "r14"}}}, {"await", {"var", "t12"}}, {"return", "r15"}}}}},
      {"fut", "f16"},
      {"log", "l17"},
      {"spawn", "t18", {{"await", {"wait_for", {"wait_for", {"var", "f16"}, -1}, 1}}, {"fut",
        "f19"}, {"try_cancellable", {"var", "t9"}}, {"callback", "t9", "cb20"}, {"raise", "e21"}}},
      {"await", {"sleep", 0, "s22"}},
      {"try", {"gather", {{"var", "t9"}, {"wait_for", {"shield", {"var", "f16"}}, 5}}, false}},
      {"await", {"wait", {"f16", "t18"}, false, "FIRST_EXCEPTION"}},
      {"try", {"wait_for", {"sleep", 1, "s23"}, false}},
      {"later", 0, {{"cancel", "f16"}}},
      {"log", "l24"},
      {"try", {"gather", {{"shield", {"shield", {"var", "t18"}}}, {"wait_for", {"coro", "c25",
        {{"await", {"var", "t18"}}}}, 1}, {"var", "t9"}}, true}},
      {"try_cancellable", {"coro", "c27", {{"finally", {{"finally", {{"as_completed", {{"sleep",
        1.5, "s28"}, {"var", "t9"}}, 2}}, {{"cancel", "t9"}}}, {"log", "l29"}, {"later", 1,
        {{"set", "f16", "x30"}}}, {"return", "r31"}}, {{"set", "f16", "x32"}, {"cancel", "f16"},
        {"as_completed", {{"var", "t18"}}, 0}, {"return", "r33"}}}, {"soon", {{"cancel", "f16"},
        {"log", "l34"}}}, {"return", "r35"}}}},
    },
    log = [=[
root starts; root finally; t1 starts; t4 starts; t4 raises e5; t1 got s2; t1 raises e3;
soon cancel t1 false; soon cancel t1 false; root item s7; root item s8; root l17; t9 starts;
t9 got []; t18 starts; root got s22; t9 got s10; t9 finally; t12 starts; t18 raises Timeout;
root caught Cancelled 1; root got d:f16,t18 p:; root got s23; root l24; c25 starts;
c25 raises Timeout; timer cancel f16 false; t12 got s13; t12 ends; t9 got r14; t9 raises e11;
root got [Timeout Timeout e11]; c27 starts; c27 item raised e11; c27 item s28; c27 finally;
c27 cancel t9 false; c27 l29; c27 finally; c27 cancel f16 false; c27 item raised Timeout; c27 ends;
root got r35; root ends; soon cancel f16 false; soon l34; f16 cancelled; t1 failed e3 0;
t12 result r14 0; t18 failed Timeout 0; t4 failed e5 0; t9 failed e11 0; root nil 5.5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"soon", {{"set", "f1", "x2"}}},
      {"log", "l3"},
      {"later", 1, {{"log", "l4"}, {"fail", "f1", "x5"}}},
      {"log", "l6"},
      {"spawn", "t7", {{"state", "f1"}}},
      {"try", {"shield", {"wait", {"f1", "f1"}, false, "FIRST_EXCEPTION"}}},
      {"as_completed", {{"var", "f1"}, {"shield", {"sleep", 0, "s8"}}, {"gather", {{"sleep", 1,
        "s9"}}, false}}, false},
      {"try", {"wait_for", {"gather", {{"wait_for", {"var", "t7"}, 1}, {"gather", {{"var", "f1"}},
        true}, {"var", "t7"}}, false}, 0}},
      {"await", {"var", "t7"}},
      {"fut", "f10"},
      {"finally", {{"soon", {{"log", "l11"}, {"set", "f10", "x12"}}}, {"later", 1, {{"fail", "f10",
        "x13"}}}}, {{"state", "f1"}, {"await", {"shield", {"var", "t7"}}}, {"raise", "e14"}}},
      {"raise", "e15"},
    },
    log = [=[
root starts; root l3; root l6; t7 starts; t7 f1 result x2; t7 ends; root got d:f1 p:; root item x2;
root item s8; timer l4; root item [s9]; root caught Timeout 1; root got nil; root finally;
root f1 result x2; root got nil; root raises e14; soon l11; f1 result x2; f10 result x12;
t7 result nil 0; root e14 1]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"shield", {"gather", {}, false}}, -1}},
      {"spawn", "t5", {{"as_completed", {{"gather", {{"sleep", 0, "s6"}}, false}, {"sleep", 0,
        "s7"}}, 0, true}, {"await", {"sleep", 1, "s8"}}, {"return", "r9"}}},
      {"await", {"sleep", 1.5, "s10"}},
      {"try", {"wait_for", {"gather", {{"shield", {"var", "t5"}}, {"gather", {}, true}}, false},
        2}},
      {"log", "l11"},
      {"log", "l12"},
      {"await", {"sleep", 0.5, "s13"}},
      {"cancel", "t5"},
      {"spawn", "t14", {{"await", {"var", "t5"}}}},
      {"as_completed", {{"var", "t5"}, {"coro", "c15", {{"await", {"sleep", 1, "s16"}}, {"try",
        {"wait", {"t14", "t14", "t5"}, 0, "ALL_COMPLETED"}}, {"try_cancellable", {"gather",
        {{"var", "t14"}, {"var", "t5"}, {"var", "t5"}}, false}}}}, {"var", "t14"}}, 1},
      {"callback", "t14", "cb17"},
      {"soon", {{"callback", "t14", "cb18"}, {"log", "l19"}}},
      {"return", "r20"},
    },
    log = [=[
root starts; root got []; t5 starts; t5 items Timeout; t5 got s8; t5 ends; root got s10;
root got [r9 []]; root l11; root l12; root got s13; root cancel t5 false; t14 starts; t14 got r9;
t14 ends; c15 starts; root item r9; root item nil; root item raised Timeout; root ends; c15 got s16;
callback cb17; soon l19; callback cb18; t14 result nil 0; t5 result r9 0; root r20 3;
c15 got d:t14,t5 p:; c15 got [nil r9 r9]; c15 ends]=],
  },
  {
    program = {
      {"log", "l1"},
      {"soon", {{"log", "l2"}}},
      {"let", "g3", {"gather", {{"shield", {"coro", "c4", {{"await", {"sleep", 0.5, "s5"}},
        {"return", "r6"}}}}}, false}},
      {"try", {"wait", {"g3", "g3"}, 0, "FIRST_COMPLETED"}},
      {"await", {"gather", {{"gather", {{"coro", "c7", {{"fut", "f8"}}}}, true}, {"wait", {"g3",
        "g3"}, 2, "ALL_COMPLETED"}, {"var", "g3"}}, true}},
      {"log", "l9"},
      {"state", "g3"},
      {"cancel", "g3"},
      {"finally", {}, {{"spawn", "t11", {{"fut", "f12"}, {"state", "f12"}, {"return", "r13"}},
        true}}},
      {"log", "l14"},
      {"fut", "f15"},
      {"raise", "e16"},
    },
    log = [=[
root starts; root l1; soon l2; c4 starts; root got d: p:g3; c7 starts; c7 ends; c4 got s5; c4 ends;
root got [[nil] d:g3 p: [r6]]; root l9; root g3 result [r6]; root cancel g3 false; root finally;
t11 starts; t11 f12 pending; t11 ends; root l14; root raises e16; f12 result settled;
f15 result settled; f8 result settled; g3 result [r6]; t11 result r13 0; root e16 0.5]=],
  },
  {
    program = {
      {"try", {"shield", {"shield", {"gather", {{"coro", "c1", {{"fut", "f2"}, {"raise", "e3"}}}},
        false}}}},
      {"soon", {{"log", "l4"}, {"log", "l5"}}},
      {"await", {"sleep", 2, "s6"}},
      {"fut", "f7"},
      {"try", {"var", "f7"}},
      {"soon", {{"cancel", "f7"}}},
      {"finally", {{"try_cancellable", {"gather", {{"gather", {{"var", "f7"}, {"sleep", 1.5,
        "s8"}}, true}, {"wait", {"f7", "f7"}, 2, "FIRST_COMPLETED"}, {"wait_for", {"var", "f7"},
        5}}, false}}, {"state", "f7"}, {"await", {"coro", "c9", {{"await", {"sleep", 1, "s10"}},
        {"spawn", "t11", {{"cancel", "f7"}, {"await", {"sleep", 3, "s12"}}, {"return", "r13"}},
        true}}}}, {"try_cancellable", {"var", "f7"}}}, {{"fut", "f14"}, {"await", {"wait_for",
        {"var", "f7"}, 1.5}}, {"fut", "f15"}, {"return", "r16"}}},
      {"await", {"sleep", 0, "s17"}},
      {"log", "l18"},
      {"cancel", "f7"},
      {"set", "f7", "x19"},
      {"await", {"gather", {{"gather", {{"var", "f7"}, {"sleep", 1.5, "s20"}, {"var", "f7"}},
        false}, {"gather", {{"var", "f7"}}, false}}, true}},
      {"fut", "f21"},
      {"state", "f7"},
      {"raise", "e22"},
    },
    log = [=[
root starts; c1 starts; c1 raises e3; root caught e3 0; soon l4; soon l5; root got s6;
root got settled; soon cancel f7 false; root got [[settled s8] d:f7 p: settled];
root f7 result settled; c9 starts; c9 got s10; t11 starts; t11 cancel f7 false; c9 ends;
root got nil; root got settled; root finally; root got settled; root got s17; root l18;
root cancel f7 false; root got [[settled s20 settled] [settled]]; root f7 result settled;
root raises e22; t11 got s12; t11 ends; f14 result settled; f15 result settled; f2 result settled;
f21 result settled; f7 result settled; t11 result r13 0; root e22 55.5]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {}, true}},
      {"later", 0, {{"cancel", "g1"}}},
      {"await", {"sleep", 0, "s2"}},
      {"as_completed", {{"sleep", 1.5, "s3"}, {"shield", {"var", "g1"}}, {"gather", {{"wait_for",
        {"var", "g1"}, 0}}, false}}, 0, true},
      {"spawn", "t4", {{"await", {"wait_for", {"shield", {"coro", "c5", {{"spawn", "t6", {{"state",
        "g1"}, {"raise", "e7"}}}, {"return", "r8"}}}}, 1}}, {"raise", "e9"}}},
      {"finally", {{"cancel", "g1"}, {"return", "r10"}}, {{"soon", {{"callback", "t4", "cb11"}}},
        {"spawn", "t12", {{"ticker", 2, "k13"}, {"try", {"var", "t4"}}}}}},
      {"try", {"wait", {"t4", "g1", "g1"}, 0, "ALL_COMPLETED"}},
      {"try", {"gather", {{"sleep", 1, "s14"}, {"wait", {"t4"}, false, "FIRST_EXCEPTION"},
        {"gather", {{"wait_for", {"var", "g1"}, 0}}, false}}, true}},
      {"soon", {{"callback", "t4", "cb15"}}},
    },
    log = [=[
root starts; root got s2; timer cancel g1 false; root item []; root items Timeout;
root cancel g1 false; root finally; t4 starts; t12 starts; c5 starts; c5 ends; k13 tick 1;
root got d:g1 p:t4; t6 starts; t6 g1 result []; t6 raises e7; k13 tick 2; t4 got r8; t4 raises e9;
callback cb11; t12 caught e9 0; t12 ends; root got [s14 d:t4 p: [[]]]; root ends; callback cb15;
g1 result []; t12 result nil 0; t4 failed e9 0; t6 failed e7 0; root nil 1]=],
  },
  {
    program = {
      {"try", {"wait_for", {"wait_for", {"wait_for", {"sleep", 0, "s1"}, 5}, false}, 2}},
      {"try", {"sleep", 2, "s2"}},
      {"later", 0, {{"log", "l3"}, {"log", "l4"}}},
      {"fut", "f5"},
      {"try", {"var", "f5"}},
      {"spawn", "t6", {{"await", {"var", "f5"}}, {"later", 0, {{"callback", "f5", "cb7"}}},
        {"state", "f5"}, {"as_completed", {{"sleep", 1, "s8"}, {"gather", {{"coro", "c9",
        {{"cancel", "f5"}}}, {"var", "f5"}}, true}, {"var", "f5"}}, false, true}}},
      {"ticker", 2, "k10"},
      {"log", "l11"},
      {"raise", "e17"},
    },
    log = [=[
root starts; root got s1; root got s2; timer l3; timer l4; root got settled; root l11;
root raises e17; t6 starts; t6 got settled; t6 f5 result settled; k10 tick 1; c9 starts;
c9 cancel f5 false; c9 ends; k10 tick 2; t6 item settled; callback cb7; t6 item [nil settled];
t6 item s8; t6 ends; f5 result settled; t6 result nil 0; root e17 51]=],
  },
  {
    program = {
      {"await", {"gather", {{"sleep", 1, "s1"}, {"wait_for", {"sleep", 0, "s2"}, 2}}, false}},
      {"let", "g3", {"shield", {"gather", {{"coro", "c4", {}}, {"coro", "c8", {{"later", 1.5,
        {{"log", "l9"}}}}}}, false}}},
      {"try_cancellable", {"wait_for", {"wait", {"g3", "g3", "g3"}, false, "ALL_COMPLETED"}, 1}},
      {"await", {"sleep", 1, "s10"}},
      {"await", {"var", "g3"}},
      {"let", "g11", {"gather", {{"gather", {{"coro", "c12", {{"await", {"sleep", 0, "s13"}},
        {"return", "r14"}}}, {"var", "g3"}}, false}}, false}},
      {"spawn", "t15", {{"as_completed", {{"wait", {"g3"}, 2, "ALL_COMPLETED"}}, 0}, {"spawn",
        "t16", {{"callback", "g11", "cb17"}, {"try_cancellable", {"sleep", 0.5, "s18"}}, {"return",
        "r20"}}}, {"spawn", "t21", {{"spawn", "t22", {{"try", {"var", "g11"}}, {"fut", "f23"}},
        true}, {"soon", {{"log", "l24"}}}, {"finally", {}, {}}, {"return", "r30"}}}, {"return",
        "r31"}}},
      {"later", 0, {{"log", "l32"}, {"log", "l33"}}},
      {"return", "r34"},
    },
    log = [=[
root starts; root got [s1 s2]; c4 starts; c4 ends; c8 starts; c8 ends; root got d:g3 p:;
root got s10; root got [nil nil]; root ends; c12 starts; t15 starts; timer l32; timer l33;
c12 got s13; c12 ends; t15 item raised Timeout; t15 ends; t16 starts; t21 starts; t22 starts;
t22 got [[r14 [nil nil]]]; t22 ends; t21 finally; t21 ends; callback cb17; soon l24; timer l9;
t16 got s18; t16 ends; f23 result settled; g11 result [[r14 [nil nil]]]; g3 result [nil nil];
t15 result r31 0; t16 result r20 0; t21 result r30 0; t22 result nil 0; root r34 2.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"log", "l3"},
      {"log", "l4"},
      {"try_cancellable", {"shield", {"wait_for", {"gather", {}, true}, -1}}},
      {"try", {"gather", {{"shield", {"sleep", 1, "s5"}}, {"gather", {{"gather", {{"coro", "c6",
        {{"soon", {{"log", "l7"}, {"log", "l8"}}}}}, {"sleep", 1.5, "s9"}}, false}}, true},
        {"wait_for", {"coro", "c10", {{"log", "l11"}, {"as_completed", {{"sleep", 1, "s12"}},
        false, true}}}, 1.5}}, false}},
      {"let", "g13", {"gather", {}, true}},
      {"fut", "f14"},
      {"later", 0, {{"set", "f14", "x15"}}},
      {"await", {"sleep", 0.5, "s16"}},
      {"try", {"gather", {{"wait", {"g13", "f14", "g13"}, 1, "FIRST_EXCEPTION"}, {"shield",
        {"gather", {{"sleep", 1, "s17"}, {"var", "g13"}, {"var", "g13"}}, true}}, {"wait_for",
        {"var", "f14"}, 1}}, false}},
      {"spawn", "t18", {{"spawn", "t19", {{"try_cancellable", {"var", "f14"}}, {"uncancel"},
        {"raise", "e21"}}}, {"let", "g22", {"gather", {}, false}}, {"finally", {{"try",
        {"wait_for", {"var", "t19"}, 2}}, {"ticker", 2, "k23"}, {"raise", "e24"}}, {{"try", {"var",
        "g22"}}, {"await", {"var", "g22"}}, {"raise", "e25"}}}, {"later", 2, {{"cancel", "f14"}}},
        {"raise", "e26"}}},
    },
    log = [=[
root starts; root l1; root l2; root l3; root l4; root got []; c6 starts; c6 ends; c10 starts;
c10 l11; soon l7; soon l8; c10 item s12; c10 ends; root got [s5 [[nil s9]] nil]; root got s16;
root got [d:g13,f14 p: [s17 [] []] x15]; root ends; t18 starts; t19 starts; t19 got x15;
t19 uncancel 0; t19 raises e21; t18 caught e21 3; t18 finally; t18 got []; t18 got [];
t18 raises e25; k23 tick 1; k23 tick 2; f14 result x15; g13 result []; g22 result [];
t18 failed e25 0; t19 failed e21 0; root nil 3]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"wait_for", {"sleep", 1, "s2"}, 5}}, false}},
      {"fut", "f3"},
      {"try", {"var", "f3"}},
      {"as_completed", {{"var", "g1"}, {"shield", {"gather", {{"var", "g1"}, {"var", "g1"}},
        false}}}, false},
      {"soon", {{"log", "l4"}, {"cancel", "f3"}}},
      {"as_completed", {{"wait_for", {"coro", "c6", {{"later", 0, {{"cancel", "g1"}}}, {"return",
        "r8"}}}, 0.5}, {"sleep", 0, "s9"}, {"wait_for", {"wait_for", {"var", "g1"}, -1}, 1}}, 0,
        true},
      {"spawn", "t10", {{"as_completed", {{"var", "f3"}, {"gather", {}, false}, {"var", "f3"}}, 0},
        {"try", {"shield", {"wait_for", {"coro", "c11", {{"spawn", "t12", {{"as_completed",
        {{"var", "f3"}}, false}}}}}, 2}}}, {"set", "f3", "x13"}, {"log", "l14"}, {"raise", "e15"}}},
      {"as_completed", {{"shield", {"var", "g1"}}, {"shield", {"shield", {"coro", "c16",
        {{"return", "r18"}}}}}}, false},
      {"await", {"sleep", 3, "s19"}},
      {"set", "f3", "x20"},
      {"fail", "f3", "x21"},
      {"ticker", 3, "k22"},
      {"return", "r23"},
    },
    log = [=[
root starts; root got settled; root item [s2]; root item [[s2] [s2]]; soon l4; soon cancel f3 false;
c6 starts; c6 ends; root items Timeout; timer cancel g1 false; t10 starts; c16 starts; c16 ends;
root item [s2]; t10 item settled; t10 item []; c11 starts; c11 ends; t12 starts; root item r18;
t10 got nil; t10 l14; t10 raises e15; t12 item settled; t12 ends; root got s19; root ends;
k22 tick 1; k22 tick 2; f3 result settled; g1 result [s2]; t10 failed e15 0; t12 result nil 0;
root r23 53; k22 tick 3]=],
  },
  {
    program = {
      {"await", {"sleep", 3, "s1"}},
      {"await", {"sleep", 0.5, "s2"}},
      {"ticker", 4, "k3"},
      {"fut", "f4"},
      {"spawn", "t5", {{"try_cancellable", {"var", "f4"}}}},
      {"later", 0, {{"set", "f4", "x6"}}},
      {"try", {"gather", {{"wait_for", {"wait_for", {"var", "f4"}, 0.5}, 1}, {"shield", {"shield",
        {"sleep", 0, "s7"}}}, {"shield", {"var", "t5"}}}, false}},
      {"log", "l8"},
      {"try_cancellable", {"var", "f4"}},
      {"try", {"coro", "c9", {{"as_completed", {{"shield", {"var", "f4"}}, {"var", "f4"}, {"wait",
        {"t5"}, 1, "ALL_COMPLETED"}}, false}, {"await", {"sleep", 1, "s10"}}, {"spawn", "t11",
        {{"spawn", "t12", {{"spawn", "t13", {{"fut", "f14"}, {"return", "r15"}}}}, true},
        {"cancel", "t12"}, {"set", "f4", "x16"}, {"await", {"sleep", 0.5, "s17"}}}}, {"return",
        "r18"}}}},
      {"return", "r19"},
    },
    log = [=[
root starts; root got s1; root got s2; k3 tick 1; t5 starts; k3 tick 2; t5 got x6; t5 ends;
k3 tick 3; k3 tick 4; root got [x6 s7 nil]; root l8; root got x6; c9 starts; c9 item x6;
c9 item d:t5 p:; c9 got s10; c9 ends; root got r18; root ends; t11 starts; t12 starts; t12 ends;
t11 cancel t12 false; t13 starts; t13 ends; t11 got s17; t11 ends; f14 result settled; f4 result x6;
t11 result nil 0; t12 result nil 0; t13 result r15 0; t5 result nil 0; root r19 5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"cancel_self"}, {"return", "r2"}}},
      {"try", {"sleep", 0, "s3"}},
      {"soon", {{"cancel", "t1"}}},
      {"let", "g4", {"gather", {{"gather", {{"var", "t1"}, {"var", "t1"}}, true}}, false}},
      {"spawn", "t9", {{"await", {"sleep", 2, "s10"}}, {"cancel", "t1"}, {"try", {"wait_for",
        {"shield", {"var", "g4"}}, 2}}, {"return", "r11"}}},
      {"await", {"wait", {"t9"}, false, "FIRST_EXCEPTION"}},
      {"await", {"sleep", 2, "s12"}},
      {"spawn", "t13", {{"later", 1, {}}, {"return", "r14"}}},
    },
    log = [=[
root starts; t1 starts; t1 self cancel true; t1 ends; root got s3; soon cancel t1 false; t9 starts;
t9 got s10; t9 cancel t1 false; t9 got [[Cancelled Cancelled]]; t9 ends; root got d:t9 p:;
root got s12; root ends; t13 starts; t13 ends; g4 result [[Cancelled Cancelled]]; t1 cancelled 1;
t13 result r14 0; t9 result r11 0; root nil 4]=],
  },
  {
    program = {
      {"as_completed", {{"wait_for", {"wait_for", {"sleep", 1.5, "s1"}, 1}, 0}, {"gather", {},
        true}, {"coro", "c2", {{"spawn", "t3", {{"soon", {{"log", "l4"}, {"log", "l5"}}}, {"log",
        "l6"}, {"log", "l7"}, {"return", "r8"}}}, {"spawn", "t9", {{"spawn", "t10", {{"cancel",
        "t3"}, {"cancel", "t3"}}}, {"try_cancellable", {"coro", "c11", {{"await", {"sleep", 0,
        "s12"}}, {"return", "r13"}}}}}}, {"later", 1, {}}, {"raise", "e14"}}}}, 2},
      {"try_cancellable", {"gather", {{"wait_for", {"wait_for", {"sleep", 0.5, "s15"}, 1}, 1},
        {"wait_for", {"shield", {"coro", "c16", {}}}, 2}}, false}},
      {"let", "g17", {"shield", {"sleep", 0, "s18"}}},
      {"soon", {{"cancel", "g17"}}},
      {"spawn", "t19", {{"await", {"sleep", 2, "s20"}}, {"try", {"var", "g17"}}}},
      {"try", {"gather", {{"var", "t19"}, {"wait_for", {"gather", {{"var", "g17"}}, true}, -1}},
        false}},
      {"let", "g21", {"shield", {"wait_for", {"coro", "c22", {{"soon", {}}, {"raise", "e23"}}},
        1}}},
    },
    log = [=[
root starts; c2 starts; c2 raises e14; t3 starts; t3 l6; t3 l7; t3 ends; t9 starts; c11 starts;
root item []; root item raised e14; soon l4; soon l5; t10 starts; t10 cancel t3 false;
t10 cancel t3 false; t10 ends; c11 got s12; c11 ends; t9 got r13; t9 ends; root item raised Timeout;
c16 starts; c16 ends; root got [s15 nil]; soon cancel g17 true; t19 starts; t19 got s20;
t19 caught Cancelled 2.5; t19 ends; root got [nil [Cancelled]]; root ends; c22 starts;
c22 raises e23; g17 cancelled; g21 failed e23; t10 result nil 0; t19 result nil 0; t3 result r8 0;
t9 result nil 0; root nil 2.5]=],
  },
  {
    program = {
      {"finally", {{"await", {"sleep", 3, "s1"}}, {"return", "r2"}}, {{"try", {"sleep", 1, "s3"}},
        {"later", 0, {{"log", "l4"}, {"log", "l5"}}}, {"return", "r6"}}},
      {"log", "l7"},
      {"log", "l8"},
      {"fut", "f9"},
      {"ticker", 1, "k10"},
      {"try", {"shield", {"var", "f9"}}},
      {"ticker", 1, "k11"},
      {"let", "g12", {"gather", {{"var", "f9"}, {"gather", {{"var", "f9"}}, true}, {"wait", {"f9",
        "f9"}, false, "FIRST_COMPLETED"}}, false}},
      {"await", {"sleep", 1.5, "s13"}},
      {"await", {"sleep", 3, "s14"}},
      {"ticker", 2, "k15"},
      {"try", {"wait_for", {"wait", {"g12", "g12", "f9"}, 2, "FIRST_EXCEPTION"}, false}},
      {"soon", {{"cancel", "g12"}, {"cancel", "g12"}}},
      {"await", {"shield", {"wait_for", {"gather", {{"var", "g12"}}, false}, 1}}},
      {"soon", {{"cancel", "f9"}, {"cancel", "f9"}}},
      {"raise", "e17"},
    },
    log = [=[
root starts; root got s1; root finally; root got s3; root l7; root l8; k10 tick 1; timer l4;
timer l5; root got settled; k11 tick 1; root got s13; root got s14; k15 tick 1; k15 tick 2;
root got d:g12,f9 p:; soon cancel g12 false; soon cancel g12 false;
root got [[settled [settled] d:f9 p:]]; root raises e17; soon cancel f9 false; soon cancel f9 false;
f9 result settled; g12 result [settled [settled] d:f9 p:]; root e17 54.5]=],
  },
  {
    program = {
      {"await", {"gather", {{"sleep", 0, "s1"}}, true}},
      {"let", "g2", {"gather", {{"wait_for", {"sleep", 0.5, "s3"}, 2}, {"gather", {}, false},
        {"sleep", 0, "s4"}}, false}},
      {"as_completed", {{"sleep", 2, "s5"}, {"var", "g2"}}, false},
      {"await", {"shield", {"sleep", 0, "s6"}}},
      {"log", "l7"},
      {"cancel", "g2"},
      {"spawn", "t12", {{"try", {"gather", {{"var", "g2"}, {"wait_for", {"var", "g2"}, 1}}, true}},
        {"spawn", "t13", {{"spawn", "t14", {{"later", 0, {{"cancel", "g2"}}}, {"try", {"var",
        "g2"}}, {"raise", "e15"}}, true}, {"raise", "e16"}}}, {"later", 3, {{"cancel", "g2"},
        {"cancel", "g2"}}}, {"spawn", "t17", {{"return", "r20"}}}}},
      {"raise", "e21"},
    },
    log = [=[
root starts; root got [s1]; root item [s3 [] s4]; root item s5; root got s6; root l7;
root cancel g2 false; root raises e21; t12 starts; t12 got [[s3 [] s4] [s3 [] s4]]; t12 ends;
t13 starts; t14 starts; t14 got [s3 [] s4]; t14 raises e15; t13 raises e16; t17 starts; t17 ends;
g2 result [s3 [] s4]; t12 result nil 0; t13 failed e16 0; t14 failed e15 0; t17 result r20 0;
root e21 2; timer cancel g2 false]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"sleep", 0, "s2"}}},
      {"spawn", "t3", {{"spawn", "t4", {{"finally", {{"callback", "g1", "cb5"}, {"later", 0,
        {{"cancel", "g1"}}}}, {{"as_completed", {{"var", "g1"}, {"var", "g1"}}, false}}}, {"await",
        {"sleep", 2, "s7"}}}}}},
      {"try_cancellable", {"var", "t3"}},
      {"spawn", "t8", {{"log", "l11"}, {"ticker", 3, "k12"}, {"return", "r13"}}},
      {"as_completed", {{"shield", {"gather", {{"var", "g1"}}, false}}, {"gather", {}, true},
        {"gather", {{"wait_for", {"var", "t8"}, 2}}, true}}, false, true},
      {"try_cancellable", {"gather", {{"var", "t8"}}, false}},
      {"try_cancellable", {"gather", {{"gather", {{"coro", "c14", {{"try", {"var", "t3"}}}},
        {"shield", {"var", "t8"}}}, false}, {"shield", {"shield", {"var", "t8"}}}, {"wait_for",
        {"var", "t8"}, 1}}, true}},
    },
    log = [=[
root starts; t3 starts; t3 ends; t4 starts; t4 finally; root got nil; t8 starts; t8 l11; t8 ends;
timer cancel g1 false; callback cb5; k12 tick 1; root item []; t4 item s2; k12 tick 2; k12 tick 3;
root item [r13]; root item [s2]; root got [r13]; c14 starts; c14 got nil; c14 ends;
root got [[nil r13] r13 r13]; root ends; t4 got s7; t4 ends; g1 result s2; t3 result nil 0;
t4 result nil 0; t8 result r13 0; root nil 2]=],
  },
  {
    program = {
      {"spawn", "t3", {{"later", 0, {{"log", "l4"}}}, {"log", "l5"}, {"log", "l6"}}},
      {"try", {"coro", "c9", {{"finally", {{"cancel", "t3"}, {"return", "r10"}}, {{"cancel_self"},
        {"cancel", "t3"}, {"cancel", "t3"}}}, {"try", {"wait_for", {"gather", {}, true}, 5}},
        {"try_cancellable", {"gather", {{"wait", {"t3", "t3", "t3"}, false, "FIRST_EXCEPTION"},
        {"var", "t3"}, {"gather", {{"var", "t3"}, {"var", "t3"}}, false}}, false}}, {"return",
        "r11"}}}},
      {"as_completed", {{"var", "t3"}, {"wait_for", {"var", "t3"}, 2}}, false, true},
      {"log", "l12"},
      {"spawn", "t13", {{"let", "g14", {"gather", {{"var", "t3"}, {"var", "t3"}, {"var", "t3"}},
        true}}, {"await", {"shield", {"shield", {"var", "g14"}}}}, {"try", {"var", "t3"}}, {"try",
        {"var", "g14"}}, {"return", "r15"}}},
    },
    log = [=[
root starts; c9 starts; c9 cancel t3 true; c9 finally; c9 self cancel true; c9 cancel t3 true;
c9 cancel t3 true; c9 got []; c9 raises Cancelled; root caught Cancelled 0; root item Cancelled;
root item Cancelled; root l12; root ends; t13 starts; t13 got [Cancelled Cancelled Cancelled];
t13 caught Cancelled 0; t13 got [Cancelled Cancelled Cancelled]; t13 ends;
g14 result [Cancelled Cancelled Cancelled]; t13 result r15 0; t3 cancelled 6; root nil 0]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"spawn", "t3", {{"fut", "f4"}, {"try", {"wait", {"f4", "f4"}, 0, "ALL_COMPLETED"}},
        {"return", "r5"}}},
      {"try", {"gather", {{"var", "t3"}}, false}},
      {"let", "g6", {"shield", {"wait_for", {"var", "t3"}, 1}}},
      {"log", "l7"},
      {"state", "t3"},
      {"try_cancellable", {"shield", {"coro", "c8", {{"cancel", "t3"}}}}},
      {"try_cancellable", {"coro", "c9", {{"finally", {{"cancel", "t3"}, {"finally", {{"soon",
        {{"cancel", "g6"}}}, {"as_completed", {{"coro", "c10", {{"cancel", "g6"}, {"callback",
        "g6", "cb11"}}}, {"var", "g6"}}, false}, {"return", "r12"}}, {{"spawn", "t13", {{"fut",
        "f14"}, {"raise", "e15"}}, true}, {"raise", "e16"}}}}, {{"cancel", "t3"}, {"raise",
        "e17"}}}}}},
      {"await", {"shield", {"var", "t3"}}},
      {"await", {"wait_for", {"var", "g6"}, -1}},
    },
    log = [=[
root starts; root l1; root l2; t3 starts; t3 got d: p:f4; t3 ends; root got [r5]; root l7;
root t3 result r5 0; c8 starts; c8 cancel t3 false; c8 ends; root got nil; c9 starts;
c9 cancel t3 false; soon cancel g6 false; c10 starts; c10 cancel g6 false; c10 ends; callback cb11;
c9 item r5; c9 item nil; c9 finally; t13 starts; t13 raises e15; c9 finally; c9 cancel t3 false;
c9 raises e17; root caught e17 0; root got r5; root got r5; root ends; f14 result settled;
f4 result settled; g6 result r5; t13 failed e15 0; t3 result r5 0; root nil 0]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"gather", {{"sleep", 3, "s2"}}, false}}, false}},
      {"fut", "f3"},
      {"fail", "f3", "x4"},
      {"await", {"sleep", 1.5, "s5"}},
      {"await", {"wait", {"f3"}, 0, "ALL_COMPLETED"}},
      {"cancel", "f3"},
      {"spawn", "t6", {{"soon", {{"callback", "f3", "cb7"}, {"cancel", "f3"}}}, {"await",
        {"shield", {"var", "f3"}}}, {"spawn", "t8", {{"ticker", 4, "k9"}, {"return", "r10"}}},
        {"return", "r11"}}},
      {"spawn", "t12", {{"state", "g1"}, {"fut", "f13"}, {"let", "g14", {"shield", {"var",
        "t6"}}}}},
      {"spawn", "t15", {{"state", "f3"}, {"fut", "f16"}, {"fut", "f17"}, {"return", "r18"}}},
      {"later", 3, {{"fail", "f3", "x19"}}},
      {"raise", "e20"},
    },
    log = [=[
root starts; root got s5; root got d:f3 p:; root cancel f3 false; root raises e20; t6 starts;
t6 raises x4; t12 starts; t12 g1 pending; t12 ends; t15 starts; t15 f3 failed x4; t15 ends;
soon cancel f3 false; f13 result settled; f16 result settled; f17 result settled; f3 failed x4;
g1 pending; g14 failed x4; t12 result nil 0; t15 result r18 0; t6 failed x4 0; root e20 1.5;
callback cb7]=],
  },
  {
    program = {
      {"spawn", "t1", {{"cancel_self"}, {"let", "g2", {"gather", {}, true}}, {"spawn", "t3",
        {{"try", {"wait_for", {"coro", "c4", {{"try", {"var", "g2"}}}}, 5}}, {"try", {"gather",
        {{"var", "g2"}, {"var", "g2"}}, false}}, {"soon", {{"callback", "g2", "cb5"}, {"log",
        "l6"}}}}}, {"as_completed", {{"var", "t3"}}, 1}}, true},
      {"try", {"wait", {"t1", "t1"}, 1, "ALL_COMPLETED"}},
      {"later", 1.5, {}},
      {"await", {"sleep", 0.5, "s8"}},
      {"try", {"wait", {"t1", "t1", "t1"}, 1, "ALL_COMPLETED"}},
      {"spawn", "t9", {{"await", {"wait_for", {"gather", {{"var", "t1"}, {"coro", "c10", {{"fut",
        "f11"}}}}, true}, 0.5}}, {"await", {"sleep", 2, "s13"}}, {"raise", "e14"}}},
      {"log", "l15"},
      {"spawn", "t16", {{"finally", {{"await", {"wait", {"t1", "t9", "t9"}, 2, "FIRST_EXCEPTION"}},
        {"await", {"sleep", 1, "s17"}}}, {{"as_completed", {{"sleep", 0, "s18"}, {"sleep", 0,
        "s19"}}, 0, true}, {"raise", "e21"}}}, {"try", {"var", "t9"}}, {"try", {"coro", "c22",
        {{"spawn", "t23", {{"state", "t9"}, {"raise", "e24"}}}}}}}},
      {"state", "t1"},
      {"try_cancellable", {"gather", {}, false}},
      {"uncancel"},
      {"return", "r25"},
    },
    log = [=[
root starts; t1 starts; t1 self cancel true; t3 starts; c4 starts; c4 got []; c4 ends; t3 got nil;
t3 got [[] []]; t3 ends; t1 raises Cancelled; soon l6; callback cb5; root got d:t1 p:; root got s8;
root got d:t1 p:; root l15; root t1 cancelled 1; root got []; root uncancel 0; root ends; t9 starts;
t16 starts; c10 starts; c10 ends; t9 got [Cancelled nil]; t16 got d:t1 p:t9; t9 got s13;
t9 raises e14; t16 got s17; t16 finally; t16 items Timeout; t16 raises e21; f11 result settled;
g2 result []; t1 cancelled 1; t16 failed e21 0; t3 result nil 0; t9 failed e14 0; root r25 3.5]=],
  },
  {
    program = {
      {"log", "l3"},
      {"let", "g4", {"gather", {{"gather", {}, true}, {"wait_for", {"coro", "c5", {}}, 2}}, false}},
      {"spawn", "t10", {{"state", "g4"}, {"return", "r11"}}},
      {"as_completed", {{"coro", "c12", {{"spawn", "t14", {{"fut", "f15"}, {"return", "r16"}}},
        {"try_cancellable", {"wait", {"t14"}, false, "FIRST_COMPLETED"}}, {"raise", "e17"}}}},
        false},
      {"try", {"wait", {"t10", "t10", "t10"}, false, "FIRST_EXCEPTION"}},
      {"try", {"var", "g4"}},
      {"try_cancellable", {"wait_for", {"gather", {{"gather", {{"coro", "c18", {{"await", {"sleep",
        0.5, "s19"}}}}, {"var", "g4"}, {"sleep", 0, "s20"}}, false}, {"coro", "c21",
        {{"try_cancellable", {"sleep", 0.5, "s23"}}, {"return", "r24"}}}}, true}, 2}},
      {"spawn", "t25", {{"as_completed", {{"var", "g4"}, {"wait", {"g4"}, false,
        "FIRST_COMPLETED"}, {"var", "t10"}}, 1, true}}},
      {"try_cancellable", {"shield", {"sleep", 2, "s26"}}},
      {"later", 0.5, {}},
      {"later", 1.5, {{"cancel", "t25"}}},
      {"raise", "e27"},
    },
    log = [=[
root starts; root l3; c5 starts; c5 ends; t10 starts; t10 g4 pending; t10 ends; c12 starts;
t14 starts; t14 ends; c12 got d:t14 p:; c12 raises e17; root item raised e17; root got d:t10 p:;
root got [[] nil]; c18 starts; c21 starts; c18 got s19; c18 ends; c21 got s23; c21 ends;
root got [[nil [[] nil] s20] r24]; t25 starts; t25 item [[] nil]; t25 item r11; t25 item d:g4 p:;
t25 ends; root got s26; root raises e27; f15 result settled; g4 result [[] nil]; t10 result r11 0;
t14 result r16 0; t25 result nil 0; root e27 2.5]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"await", {"shield", {"gather", {}, true}}},
      {"try", {"wait_for", {"sleep", 0.5, "s2"}, 2}},
      {"await", {"coro", "c3", {{"log", "l4"}, {"log", "l5"}}}},
      {"try", {"gather", {{"wait_for", {"wait_for", {"coro", "c6", {{"log", "l7"}, {"raise",
        "e8"}}}, 2}, 5}, {"sleep", 0, "s9"}}, true}},
      {"try", {"coro", "c10", {{"try_cancellable", {"sleep", 0, "s11"}}, {"try_cancellable",
        {"gather", {{"wait_for", {"coro", "c12", {{"fut", "f13"}}}, 1}, {"sleep", 0, "s14"},
        {"shield", {"sleep", 0, "s15"}}}, false}}, {"fut", "f16"}}}},
      {"await", {"gather", {{"gather", {}, false}, {"sleep", 0, "s17"}, {"gather", {{"wait_for",
        {"sleep", 0, "s18"}, 2}}, true}}, false}},
      {"finally", {{"try_cancellable", {"gather", {}, false}}, {"fut", "f19"}, {"spawn", "t20",
        {{"await", {"sleep", 0, "s21"}}, {"spawn", "t22", {{"log", "l23"}, {"raise", "e24"}}},
        {"return", "r25"}}}, {"raise", "e26"}}, {{"try_cancellable", {"wait_for", {"coro", "c27",
        {{"log", "l28"}, {"return", "r29"}}}, 5}}}},
      {"soon", {{"log", "l30"}}},
      {"log", "l31"},
      {"log", "l32"},
      {"cancel_self"},
      {"try_cancellable", {"gather", {{"gather", {{"wait_for", {"coro", "c33", {{"try", {"coro",
        "c34", {{"fut", "f35"}, {"return", "r36"}}}}}}, 0.5}}, false}, {"wait_for", {"wait_for",
        {"coro", "c37", {{"return", "r38"}}}, 1}, -1}}, true}},
      {"try", {"sleep", 0, "s39"}},
      {"return", "r40"},
    },
    log = [=[
root starts; root got s1; root got []; root got s2; c3 starts; c3 l4; c3 l5; c3 ends; root got nil;
c6 starts; c6 l7; c6 raises e8; root got [e8 s9]; c10 starts; c10 got s11; c12 starts; c12 ends;
c10 got [nil s14 s15]; c10 ends; root got nil; root got [[] s17 [s18]]; root got []; root finally;
c27 starts; c27 l28; c27 ends; root got r29; root raises e26; t20 starts; t20 got s21; t20 ends;
t22 starts; t22 l23; t22 raises e24; f13 result settled; f16 result settled; f19 result settled;
t20 result r25 0; t22 failed e24 0; root e26 0.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"soon", {{"log", "l2"}, {"log", "l3"}}}, {"log", "l4"}, {"log", "l5"},
        {"log", "l6"}}},
      {"fut", "f7"},
      {"soon", {{"fail", "f7", "x8"}, {"cancel", "t1"}}},
      {"await", {"sleep", 0.5, "s9"}},
      {"state", "t1"},
      {"try", {"wait", {"t1", "f7"}, false, "ALL_COMPLETED"}},
      {"soon", {{"cancel", "t1"}}},
      {"as_completed", {{"var", "f7"}, {"var", "f7"}}, 1},
      {"state", "f7"},
      {"spawn", "t10", {{"soon", {{"cancel", "t1"}}}, {"await", {"sleep", 0, "s11"}}, {"log",
        "l12"}, {"await", {"wait_for", {"var", "t1"}, 1}}}},
      {"cancel", "f7"},
      {"fail", "f7", "x13"},
      {"await", {"wait_for", {"var", "f7"}, 1}},
      {"return", "r14"},
    },
    log = [=[
root starts; t1 starts; t1 l4; t1 l5; t1 l6; t1 ends; soon cancel t1 false; soon l2; soon l3;
root got s9; root t1 result nil 0; root got d:t1,f7 p:; soon cancel t1 false; root item raised x8;
root f7 failed x8; root cancel f7 false; root raises x8; t10 starts; soon cancel t1 false;
t10 got s11; t10 l12; t10 got nil; t10 ends; f7 failed x8; t1 result nil 0; t10 result nil 0;
root x8 0.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"fut", "f2"}, {"try", {"wait_for", {"gather", {{"var", "f2"}, {"var",
        "f2"}, {"var", "f2"}}, true}, 1}}, {"try", {"wait_for", {"var", "f2"}, 5}}, {"log", "l3"},
        {"raise", "e4"}}, true},
      {"let", "g5", {"gather", {{"wait", {"t1"}, false, "FIRST_COMPLETED"}, {"gather", {{"var",
        "t1"}, {"var", "t1"}, {"coro", "c6", {{"try", {"sleep", 0, "s7"}}, {"return", "r8"}}}},
        false}, {"var", "t1"}}, true}},
      {"spawn", "t9", {{"try", {"shield", {"shield", {"var", "g5"}}}}, {"await", {"sleep", 0,
        "s10"}}, {"raise", "e11"}}},
      {"await", {"sleep", 3, "s12"}},
      {"callback", "g5", "cb13"},
      {"finally", {{"let", "g14", {"gather", {{"sleep", 0.5, "s15"}, {"sleep", 1, "s16"}, {"var",
        "g5"}}, true}}, {"cancel", "g14"}, {"await", {"sleep", 0.5, "s17"}}, {"raise", "e18"}},
        {{"try", {"wait_for", {"var", "g5"}, 1}}, {"raise", "e19"}}},
      {"later", 1, {{"cancel", "g5"}, {"cancel", "g5"}}},
      {"try", {"shield", {"shield", {"wait_for", {"coro", "c20", {{"await", {"var", "t1"}}}}, 5}}}},
      {"await", {"sleep", 1.5, "s21"}},
      {"later", 0.5, {{"log", "l22"}, {"callback", "t1", "cb23"}}},
      {"spawn", "t24", {{"try_cancellable", {"wait_for", {"var", "t1"}, 0}}, {"later", 0.5, {}},
        {"raise", "e25"}}},
      {"uncancel"},
      {"raise", "e26"},
    },
    log = [=[
root starts; t1 starts; c6 starts; t9 starts; c6 got s7; c6 ends; t1 caught Timeout 1;
t1 caught Cancelled 1; t1 l3; t1 raises e4; t9 got [d:t1 p: e4 e4]; t9 got s10; t9 raises e11;
root got s12; root cancel g14 true; callback cb13; root got s17; root finally;
root got [d:t1 p: e4 e4]; root raises e19; f2 cancelled; g14 failed Cancelled;
g5 result [d:t1 p: e4 e4]; t1 failed e4 0; t9 failed e11 0; root e19 3.5]=],
  },
  {
    program = {
      {"await", {"sleep", 1, "s1"}},
      {"await", {"sleep", 1, "s2"}},
      {"log", "l3"},
      {"finally", {{"spawn", "t4", {{"await", {"sleep", 0, "s5"}}}}, {"as_completed", {{"var",
        "t4"}, {"var", "t4"}, {"wait_for", {"sleep", 3, "s6"}, -1}}, false}, {"later", 0,
        {{"cancel", "t4"}}}, {"try", {"var", "t4"}}, {"return", "r7"}}, {{"await", {"sleep", 0.5,
        "s8"}}}},
      {"await", {"shield", {"gather", {}, false}}},
      {"try", {"sleep", 0, "s9"}},
      {"try_cancellable", {"gather", {{"shield", {"wait_for", {"sleep", 0, "s10"}, -1}}, {"sleep",
        1, "s11"}}, true}},
      {"try", {"sleep", 1, "s12"}},
      {"try", {"coro", "c13", {{"await", {"wait_for", {"wait_for", {"coro", "c14", {{"soon",
        {{"log", "l15"}}}}}, -1}, false}}, {"try_cancellable", {"wait_for", {"sleep", 0, "s16"},
        0.5}}, {"await", {"sleep", 1, "s17"}}}}},
      {"ticker", 2, "k18"},
      {"return", "r19"},
    },
    log = [=[
root starts; root got s1; root got s2; root l3; t4 starts; t4 got s5; t4 ends; root item nil;
root item raised Timeout; root got nil; root finally; timer cancel t4 false; root got s8;
root got []; root got s9; root got [Timeout s11]; root got s12; c13 starts; c13 raises Timeout;
root caught Timeout 4.5; root ends; k18 tick 1; k18 tick 2; t4 result nil 0; root r19 4.5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"as_completed", {{"var", "f1"}, {"var", "f1"}, {"coro", "c2", {{"later", 0, {{"set", "f1",
        "x3"}}}, {"return", "r7"}}}}, false},
      {"try", {"wait_for", {"var", "f1"}, 1}},
      {"cancel", "f1"},
      {"spawn", "t8", {{"spawn", "t9", {{"await", {"sleep", 1.5, "s10"}}, {"return", "r11"}}},
        {"cancel", "f1"}, {"await", {"shield", {"var", "f1"}}}}},
      {"as_completed", {{"var", "t8"}, {"gather", {{"wait_for", {"sleep", 0.5, "s13"}, 1.5},
        {"wait_for", {"var", "t8"}, -1}}, true}, {"wait_for", {"var", "f1"}, 1.5}}, false},
    },
    log = [=[
root starts; c2 starts; c2 ends; root item r7; root item x3; root got x3; root cancel f1 false;
t8 starts; t8 cancel f1 false; t8 got x3; t8 ends; t9 starts; root item nil; root item x3;
root item [s13 nil]; root ends; t9 got s10; t9 ends; f1 result x3; t8 result nil 0; t9 result r11 0;
root nil 1.5]=],
  },
  {
    program = {
      {"as_completed", {{"wait_for", {"gather", {{"coro", "c1", {{"spawn", "t2", {{"try", {"sleep",
        0, "s3"}}}}}}, {"sleep", 1, "s4"}, {"coro", "c5", {}}}, true}, 5}, {"gather", {{"sleep", 0,
        "s6"}, {"wait_for", {"coro", "c7", {{"as_completed", {{"sleep", 0, "s8"}, {"coro", "c9",
        {{"try", {"sleep", 3, "s10"}}, {"return", "r11"}}}}, false}, {"return", "r12"}}}, 1}},
        true}, {"shield", {"wait_for", {"sleep", 0, "s13"}, 1}}}, false},
      {"fut", "f14"},
      {"uncancel"},
      {"set", "f14", "x15"},
      {"callback", "f14", "cb16"},
      {"let", "g17", {"shield", {"wait", {"f14"}, 2, "ALL_COMPLETED"}}},
      {"try", {"wait_for", {"wait_for", {"var", "g17"}, 0}, -1}},
      {"raise", "e18"},
    },
    log = [=[
root starts; c1 starts; c1 ends; c5 starts; c5 ends; c7 starts; t2 starts; c9 starts; t2 got s3;
t2 ends; c7 item s8; root item s13; c7 raises Cancelled; root item [s6 Timeout];
root item [nil s4 nil]; root uncancel 0; callback cb16; root caught Timeout 1; root raises e18;
f14 result x15; g17 result d:f14 p:; t2 result nil 0; root e18 1]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"let", "g2", {"shield", {"var", "f1"}}},
      {"spawn", "t3", {{"log", "l4"}, {"try_cancellable", {"var", "f1"}}, {"as_completed", {{"var",
        "g2"}}, 0}, {"spawn", "t5", {{"cancel_self"}, {"spawn", "t6", {{"set", "f1", "x7"}}}}}}},
      {"fut", "f9"},
      {"spawn", "t11", {{"spawn", "t12", {{"uncancel"}, {"return", "r13"}}}, {"fail", "f1", "x14"},
        {"finally", {{"await", {"sleep", 3, "s16"}}}, {{"await", {"sleep", 1, "s17"}}, {"await",
        {"var", "t3"}}}}}},
      {"cancel", "g2"},
      {"cancel", "f9"},
      {"try", {"var", "g2"}},
      {"try", {"var", "t3"}},
      {"await", {"sleep", 0, "s20"}},
      {"try", {"gather", {{"wait_for", {"var", "g2"}, 2}, {"gather", {{"shield", {"var", "t3"}}},
        false}}, true}},
    },
    log = [=[
root starts; root cancel g2 true; root cancel f9 true; root caught Cancelled 0; t3 starts; t3 l4;
t11 starts; t12 starts; t12 uncancel 0; t12 ends; t3 caught x14 0; t3 raises Cancelled;
root caught Cancelled 0; root got s20; root got [Cancelled Cancelled]; root ends; t11 got s16;
t11 finally; t11 got s17; t11 raises Cancelled; f1 failed x14; f9 cancelled; g2 cancelled;
t11 cancelled 0; t12 result r13 0; t3 cancelled 0; root nil 4]=],
  },
  {
    program = {
      {"await", {"gather", {{"wait_for", {"wait_for", {"coro", "c1", {}}, 1.5}, 0.5}}, false}},
      {"spawn", "t2", {{"fut", "f3"}, {"log", "l4"}, {"cancel", "f3"}, {"await", {"sleep", 0.5,
        "s5"}}, {"await", {"sleep", 1, "s6"}}, {"return", "r7"}}},
      {"let", "g8", {"gather", {}, false}},
      {"soon", {{"cancel", "t2"}, {"cancel", "t2"}}},
      {"soon", {{"cancel", "t2"}, {"log", "l9"}}},
      {"fut", "f10"},
      {"await", {"sleep", 1, "s11"}},
      {"await", {"sleep", 0.5, "s12"}},
      {"finally", {{"await", {"wait_for", {"var", "f10"}, 5}}, {"try_cancellable", {"var", "t2"}},
        {"spawn", "t13", {{"log", "l14"}, {"raise", "e16"}}, true}}, {{"await", {"sleep", 0.5,
        "s17"}}, {"as_completed", {{"var", "f10"}}, false, true}, {"soon", {{"cancel", "t2"}}}}},
    },
    log = [=[
root starts; c1 starts; c1 ends; root got [nil]; t2 starts; t2 l4; t2 cancel f3 true;
soon cancel t2 true; soon cancel t2 true; soon cancel t2 true; soon l9; t2 raises Cancelled;
root got s11; root got s12; root finally; root got s17; root item Cancelled; root raises Timeout;
soon cancel t2 false; f10 cancelled; f3 cancelled; g8 result []; t2 cancelled 3; root Timeout 7]=],
  },
  {
    program = {
      {"later", 1.5, {{"log", "l1"}, {"log", "l2"}}},
      {"try", {"gather", {}, true}},
      {"try", {"gather", {{"gather", {{"wait_for", {"sleep", 1, "s3"}, 0}}, true}, {"wait_for",
        {"coro", "c4", {{"log", "l5"}, {"return", "r6"}}}, 0}}, true}},
      {"fut", "f7"},
      {"await", {"shield", {"wait", {"f7"}, 2, "ALL_COMPLETED"}}},
      {"let", "g8", {"shield", {"gather", {{"sleep", 2, "s9"}, {"coro", "c10", {{"await", {"var",
        "f7"}}}}}, true}}},
      {"finally", {{"later", 3, {{"fail", "f7", "x11"}}}, {"await", {"wait_for", {"sleep", 1.5,
        "s12"}, 5}}, {"callback", "g8", "cb13"}, {"cancel", "f7"}, {"return", "r15"}}, {{"try",
        {"gather", {{"var", "f7"}, {"sleep", 3, "s16"}, {"var", "f7"}}, false}}, {"try", {"var",
        "g8"}}, {"soon", {{"set", "f7", "x17"}, {"log", "l18"}}}, {"return", "r19"}}},
      {"await", {"coro", "c20", {{"uncancel"}, {"await", {"gather", {}, true}}, {"finally",
        {{"as_completed", {{"var", "f7"}}, 1, true}, {"cancel", "f7"}, {"await", {"gather", {},
        true}}, {"return", "r21"}}, {{"soon", {{"fail", "f7", "x22"}}}, {"return", "r23"}}},
        {"raise", "e24"}}}},
      {"soon", {{"fail", "f7", "x25"}, {"fail", "f7", "x26"}}},
      {"ticker", 3, "k27"},
      {"try", {"wait_for", {"var", "g8"}, 2}},
      {"fail", "f7", "x29"},
      {"as_completed", {{"gather", {{"gather", {{"sleep", 0, "s30"}, {"coro", "c31",
        {{"as_completed", {{"sleep", 0, "s32"}}, 1, true}}}, {"coro", "c33", {{"log", "l34"},
        {"cancel", "f7"}}}}, false}}, false}}, 1},
      {"return", "r35"},
    },
    log = [=[
root starts; root got []; root got [[Timeout] Timeout]; timer l1; timer l2; root got d: p:f7;
c10 starts; root got s12; root cancel f7 true; root finally; root caught Cancelled 3.5;
c10 raises Cancelled; callback cb13; root got [s9 Cancelled]; c20 starts; c20 uncancel 0;
c20 got []; soon l18; c20 item Cancelled; c20 cancel f7 false; c20 got []; c20 finally;
c20 raises e24; root raises e24; f7 cancelled; g8 result [s9 Cancelled]; root e24 4]=],
  },
  {
    program = {
      {"log", "l1"},
      {"await", {"sleep", 1, "s2"}},
      {"fut", "f3"},
      {"try", {"wait_for", {"gather", {{"wait_for", {"coro", "c4", {{"state", "f3"}}}, 1.5},
        {"gather", {{"var", "f3"}, {"var", "f3"}, {"coro", "c5", {{"later", 1, {{"set", "f3",
        "x6"}}}, {"raise", "e7"}}}}, false}, {"var", "f3"}}, true}, 2}},
      {"as_completed", {{"sleep", 0.5, "s8"}, {"var", "f3"}, {"wait_for", {"wait_for", {"var",
        "f3"}, 2}, 1}}, 1},
      {"spawn", "t9", {{"finally", {{"finally", {{"try", {"var", "f3"}}, {"try", {"var", "f3"}},
        {"return", "r10"}}, {{"fut", "f11"}, {"return", "r12"}}}, {"soon", {{"callback", "f3",
        "cb13"}, {"callback", "f3", "cb14"}}}, {"return", "r15"}}, {{"cancel", "f3"}, {"log",
        "l17"}}}, {"later", 0, {{"cancel", "f3"}}}, {"state", "f3"}, {"return", "r19"}}},
    },
    log = [=[
root starts; root l1; root got s2; c5 starts; c5 raises e7; c4 starts; c4 f3 pending; c4 ends;
root got [nil e7 x6]; root item x6; root item x6; root item s8; root ends; t9 starts; t9 got x6;
t9 got x6; t9 finally; t9 finally; t9 cancel f3 false; t9 l17; t9 f3 result x6; t9 ends;
f11 result settled; f3 result x6; t9 result r19 0; root nil 2.5; timer cancel f3 false;
callback cb13; callback cb14]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}, {"log", "l2"}}},
      {"try_cancellable", {"shield", {"gather", {{"wait_for", {"coro", "c3", {{"try_cancellable",
        {"sleep", 1, "s4"}}, {"raise", "e5"}}}, 5}, {"wait_for", {"sleep", 0, "s6"}, false},
        {"shield", {"coro", "c7", {{"await", {"sleep", 0, "s8"}}}}}}, true}}},
      {"let", "g9", {"gather", {{"wait_for", {"sleep", 3, "s10"}, 1}, {"shield", {"coro", "c11",
        {}}}, {"gather", {{"sleep", 0, "s12"}, {"sleep", 0, "s13"}}, false}}, true}},
      {"log", "l14"},
      {"as_completed", {{"wait", {"g9"}, 1, "FIRST_EXCEPTION"}}, false, true},
      {"spawn", "t15", {{"finally", {{"spawn", "t16", {{"soon", {}}, {"as_completed", {{"var",
        "g9"}, {"var", "g9"}}, 2}, {"return", "r17"}}}}, {{"await", {"var", "g9"}}, {"state",
        "g9"}, {"raise", "e18"}}}}},
      {"log", "l19"},
      {"log", "l20"},
      {"spawn", "t21", {{"try", {"shield", {"coro", "c22", {{"try_cancellable", {"var", "g9"}}}}}},
        {"raise", "e23"}}},
      {"spawn", "t24", {{"as_completed", {{"coro", "c25", {{"state", "t15"}}}, {"gather", {},
        false}, {"wait", {"t15"}, 1, "FIRST_COMPLETED"}}, false, true}, {"soon", {{"callback",
        "g9", "cb26"}}}, {"await", {"var", "t15"}}, {"raise", "e27"}}},
      {"return", "r28"},
    },
    log = [=[
root starts; soon l1; soon l2; c7 starts; c3 starts; c7 got s8; c7 ends; c3 got s4; c3 raises e5;
root got [e5 s6 nil]; root l14; c11 starts; c11 ends; root item d: p:g9; root l19; root l20;
root ends; t15 starts; t15 finally; t15 got [Timeout nil [s12 s13]];
t15 g9 result [Timeout nil [s12 s13]]; t15 raises e18; t21 starts; t24 starts; t16 starts;
c22 starts; c22 got [Timeout nil [s12 s13]]; c22 ends; c25 starts; c25 t15 failed e18 0; c25 ends;
t24 item []; t24 item nil; t16 item [Timeout nil [s12 s13]]; t16 ends; t21 got nil; t21 raises e23;
t24 item d:t15 p:; t24 raises e18; callback cb26; g9 result [Timeout nil [s12 s13]];
t15 failed e18 0; t16 result r17 0; t21 failed e23 0; t24 failed e18 0; root r28 2]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"ticker", 4, "k2"},
      {"await", {"wait_for", {"shield", {"shield", {"sleep", 0, "s3"}}}, 1}},
      {"let", "g4", {"shield", {"var", "f1"}}},
      {"spawn", "t5", {{"log", "l6"}, {"fail", "f1", "x7"}, {"try", {"gather", {}, false}},
        {"spawn", "t8", {{"finally", {{"log", "l9"}, {"try", {"var", "g4"}}}, {{"log", "l10"},
        {"return", "r11"}}}, {"log", "l12"}, {"set", "f1", "x13"}, {"await", {"var", "f1"}}}}}},
      {"try", {"var", "t5"}},
      {"state", "f1"},
      {"let", "g14", {"gather", {{"shield", {"var", "f1"}}, {"gather", {{"var", "g4"}, {"var",
        "t5"}}, true}, {"var", "t5"}}, true}},
      {"soon", {{"fail", "f1", "x15"}, {"cancel", "g4"}}},
      {"spawn", "t16", {{"log", "l17"}}},
      {"raise", "e18"},
    },
    log = [=[
root starts; k2 tick 1; k2 tick 2; k2 tick 3; k2 tick 4; root got s3; t5 starts; t5 l6; t5 got [];
t5 ends; t8 starts; t8 l9; t8 caught x7 0; t8 finally; t8 l10; t8 l12; t8 raises x7; root got nil;
root f1 failed x7; root raises e18; soon cancel g4 false; t16 starts; t16 l17; t16 ends;
f1 failed x7; g14 result [x7 [x7 nil] nil]; g4 failed x7; t16 result nil 0; t5 result nil 0;
t8 failed x7 0; root e18 0]=],
  },
  {
    program = {
      {"as_completed", {{"sleep", 3, "s1"}}, 2},
      {"spawn", "t2", {{"let", "g3", {"shield", {"coro", "c4", {{"later", 1, {{"log", "l5"}}},
        {"raise", "e6"}}}}}, {"return", "r7"}}, true},
      {"log", "l8"},
      {"spawn", "t9", {{"try", {"wait_for", {"var", "t2"}, false}}, {"await", {"wait_for",
        {"wait_for", {"coro", "c10", {{"cancel", "t2"}}}, 1}, 1.5}}, {"await", {"shield", {"sleep",
        0.5, "s11"}}}, {"try_cancellable", {"wait", {"t2"}, 2, "FIRST_COMPLETED"}}}, true},
      {"cancel", "t2"},
      {"state", "t2"},
      {"try", {"coro", "c12", {{"spawn", "t13", {{"as_completed", {{"sleep", 2, "s14"}, {"var",
        "t2"}, {"var", "t2"}}, 2, true}, {"raise", "e15"}}}, {"fut", "f16"}, {"spawn", "t17",
        {{"try_cancellable", {"shield", {"var", "t2"}}}, {"finally", {{"ticker", 2, "k18"},
        {"return", "r19"}}, {{"state", "t9"}}}, {"raise", "e20"}}}, {"await", {"sleep", 0,
        "s21"}}}}},
      {"cancel", "t2"},
      {"state", "t9"},
      {"fut", "f22"},
      {"as_completed", {{"gather", {{"shield", {"var", "t2"}}, {"sleep", 1, "s23"}}, false}}, 0,
        true},
      {"fut", "f26"},
      {"raise", "e27"},
    },
    log = [=[
root starts; root item raised Timeout; t2 starts; t2 ends; root l8; t9 starts; t9 got r7;
c10 starts; c10 cancel t2 false; c10 ends; t9 got nil; root cancel t2 false; root t2 result r7 0;
c12 starts; c4 starts; c4 raises e6; t13 starts; t17 starts; t17 got r7; t17 finally;
t17 t9 pending 0; t17 raises e20; c12 got s21; c12 ends; root got nil; root cancel t2 false;
root t9 pending 0; k18 tick 1; t13 item r7; k18 tick 2; root items Timeout; root raises e27;
t9 got s11; t9 got d:t2 p:; t9 ends; timer l5; t13 items Timeout; t13 raises e15;
f16 result settled; f22 result settled; f26 result settled; g3 failed e6; t13 failed e15 0;
t17 failed e20 0; t2 result r7 0; t9 result nil 0; root e27 4]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}}},
      {"try", {"gather", {{"gather", {{"gather", {{"sleep", 0, "s2"}}, false}, {"shield", {"coro",
        "c3", {{"log", "l4"}, {"log", "l5"}}}}, {"shield", {"coro", "c6", {{"log", "l7"}, {"raise",
        "e8"}}}}}, true}, {"sleep", 0.5, "s9"}, {"wait_for", {"gather", {{"coro", "c10",
        {{"uncancel"}, {"return", "r11"}}}, {"sleep", 0, "s12"}, {"coro", "c13", {{"fut", "f14"},
        {"raise", "e15"}}}}, false}, 5}}, true}},
      {"fut", "f16"},
      {"soon", {{"callback", "f16", "cb17"}, {"set", "f16", "x18"}}},
      {"as_completed", {{"var", "f16"}, {"shield", {"coro", "c19", {{"await", {"sleep", 0, "s20"}},
        {"cancel", "f16"}, {"cancel", "f16"}, {"raise", "e22"}}}}}, false},
      {"try", {"var", "f16"}},
      {"await", {"sleep", 0, "s23"}},
      {"spawn", "t24", {{"await", {"shield", {"gather", {}, false}}}, {"as_completed",
        {{"wait_for", {"var", "f16"}, 1}}, false}, {"spawn", "t25", {{"later", 1.5, {{"set", "f16",
        "x26"}}}, {"as_completed", {{"var", "f16"}}, false}, {"await", {"gather", {{"coro", "c27",
        {{"try", {"var", "f16"}}, {"raise", "e28"}}}, {"coro", "c29", {{"return", "r31"}}}, {"var",
        "f16"}}, true}}}}, {"await", {"gather", {{"var", "t25"}, {"wait_for", {"var", "f16"}, -1}},
        true}}, {"raise", "e32"}}},
      {"spawn", "t33", {{"fut", "f34"}, {"try_cancellable", {"var", "f16"}}, {"try", {"var",
        "f34"}}, {"await", {"sleep", 1, "s35"}}, {"return", "r36"}}},
      {"spawn", "t37", {{"spawn", "t38", {{"uncancel"}, {"return", "r39"}}}, {"await", {"wait",
        {"t33"}, false, "ALL_COMPLETED"}}, {"cancel_self"}}},
      {"try", {"shield", {"var", "t33"}}},
    },
    log = [=[
root starts; soon l1; c3 starts; c3 l4; c3 l5; c3 ends; c6 starts; c6 l7; c6 raises e8; c10 starts;
c10 uncancel 0; c10 ends; c13 starts; c13 raises e15; root got [[[s2] nil e8] s9 e15]; c19 starts;
callback cb17; c19 got s20; c19 cancel f16 false; c19 cancel f16 false; c19 raises e22;
root item x18; root item raised e22; root got x18; root got s23; t24 starts; t24 got []; t33 starts;
t33 got x18; t37 starts; t38 starts; t38 uncancel 0; t38 ends; t24 item x18; t25 starts;
t25 item x18; c27 starts; c27 got x18; c27 raises e28; c29 starts; c29 ends; t25 got [e28 r31 x18];
t25 ends; t24 got [nil x18]; t24 raises e32; t33 got settled; t33 got s35; t33 ends; root got r36;
root ends; t37 got d:t33 p:; t37 self cancel true; t37 ends; f14 result settled; f16 result x18;
f34 result settled; t24 failed e32 0; t25 result nil 0; t33 result r36 0; t37 cancelled 1;
t38 result r39 0; root nil 51]=],
  },
  {
    program = {
      {"spawn", "t6", {{"later", 0, {{"log", "l7"}}}}},
      {"later", 0, {}},
      {"spawn", "t8", {{"let", "g9", {"gather", {{"sleep", 0, "s10"}}, false}}, {"soon", {}}}},
      {"log", "l12"},
      {"as_completed", {{"sleep", 0.5, "s13"}, {"coro", "c14", {{"await", {"sleep", 1, "s15"}},
        {"state", "t8"}, {"return", "r16"}}}, {"gather", {}, true}}, 1, true},
      {"cancel", "t6"},
      {"try_cancellable", {"var", "t6"}},
      {"try_cancellable", {"wait_for", {"coro", "c17", {{"as_completed", {{"var", "t8"}}, false,
        true}}}, 0}},
      {"spawn", "t18", {{"await", {"sleep", 0, "s19"}}, {"return", "r20"}}},
      {"uncancel"},
      {"state", "t6"},
    },
    log = [=[
root starts; root l12; t6 starts; t6 ends; t8 starts; t8 ends; c14 starts; root item []; timer l7;
root item s13; root items Timeout; root cancel t6 false; root got nil; c14 got s15;
c14 t8 result nil 0; c14 ends; root caught Timeout 1; root uncancel 0; root t6 result nil 0;
root ends; t18 starts; t18 got s19; t18 ends; g9 result [s10]; t18 result r20 0; t6 result nil 0;
t8 result nil 0; root nil 1]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"wait_for", {"sleep", 2, "s1"}, 1.5}, false}},
      {"spawn", "t2", {{"as_completed", {{"gather", {}, true}}, 2}, {"return", "r3"}}},
      {"let", "g4", {"gather", {{"shield", {"var", "t2"}}}, false}},
      {"soon", {}},
      {"fut", "f5"},
      {"try", {"coro", "c6", {{"log", "l7"}, {"soon", {{"set", "f5", "x8"}, {"fail", "f5", "x9"}}},
        {"fut", "f10"}, {"finally", {{"try", {"gather", {{"var", "t2"}}, true}}, {"return",
        "r11"}}, {{"try_cancellable", {"coro", "c12", {{"cancel_self"}}}}}}}}},
      {"try", {"gather", {{"shield", {"wait", {"f5", "g4", "f5"}, 1, "FIRST_COMPLETED"}},
        {"wait_for", {"var", "t2"}, 0.5}}, true}},
      {"return", "r13"},
    },
    log = [=[
root starts; root caught Timeout 1.5; c6 starts; c6 l7; t2 starts; t2 item []; t2 ends; c6 got [r3];
c6 finally; c12 starts; c12 self cancel true; c12 ends; c6 got nil; c6 ends; root got nil;
root caught Cancelled 1.5; root ends; f10 result settled; f5 result x8; g4 result [r3];
t2 result r3 0; root r13 1.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"await", {"wait_for", {"wait_for", {"gather", {{"coro", "c3", {{"try", {"coro", "c4",
        {{"later", 0, {{"log", "l5"}}}}}}}}, {"sleep", 0, "s6"}}, false}, 1}, 2}},
      {"let", "g7", {"gather", {}, false}},
      {"finally", {{"spawn", "t8", {{"try", {"wait", {"g7", "g7", "g7"}, 2, "FIRST_COMPLETED"}},
        {"raise", "e12"}}, true}, {"cancel", "t8"}}, {{"try", {"wait_for", {"var", "g7"}, false}}}},
      {"fut", "f13"},
      {"fail", "f13", "x14"},
      {"await", {"sleep", 1, "s15"}},
      {"fut", "f16"},
      {"let", "g17", {"shield", {"var", "g7"}}},
      {"log", "l18"},
      {"set", "f13", "x19"},
      {"fail", "f16", "x20"},
      {"try", {"coro", "c21", {{"spawn", "t22", {{"cancel", "f16"}}}, {"finally", {{"state",
        "g17"}, {"later", 1.5, {{"cancel", "f13"}}}}, {{"await", {"var", "f13"}}, {"log", "l26"}}},
        {"return", "r27"}}}},
      {"try", {"coro", "c28", {{"let", "g29", {"shield", {"var", "g17"}}}, {"spawn", "t30",
        {{"spawn", "t31", {{"cancel", "g17"}, {"raise", "e32"}}}}}, {"raise", "e33"}}}},
      {"raise", "e34"},
    },
    log = [=[
root starts; root l1; root l2; c3 starts; c4 starts; c4 ends; c3 got nil; c3 ends; timer l5;
root got [nil s6]; t8 starts; root cancel t8 true; root finally; root got []; t8 caught Cancelled 0;
t8 raises e12; root got s15; root l18; c21 starts; c21 g17 result []; c21 finally; c21 raises x14;
root caught x14 1; c28 starts; c28 raises e33; root caught e33 1; root raises e34; t22 starts;
t22 cancel f16 false; t22 ends; t30 starts; t30 ends; t31 starts; t31 cancel g17 false;
t31 raises e32; f13 failed x14; f16 failed x20; g17 result []; g29 result []; g7 result [];
t22 result nil 0; t30 result nil 0; t31 failed e32 0; t8 failed e12 1; root e34 1]=],
  },
  {
    program = {
      {"later", 3, {{"log", "l1"}, {"log", "l2"}}},
      {"spawn", "t3", {{"try_cancellable", {"wait_for", {"shield", {"sleep", 0, "s4"}}, 0}},
        {"spawn", "t5", {{"try", {"wait_for", {"sleep", 1, "s6"}, false}}, {"log", "l7"},
        {"finally", {{"cancel_self"}, {"raise", "e8"}}, {{"await", {"sleep", 0.5, "s9"}}, {"raise",
        "e10"}}}}}, {"try", {"wait_for", {"shield", {"var", "t5"}}, 1.5}}, {"return", "r11"}}},
      {"await", {"sleep", 1, "s12"}},
      {"soon", {{"cancel", "t3"}}},
      {"as_completed", {{"wait", {"t3", "t3"}, false, "ALL_COMPLETED"}}, 2},
      {"finally", {{"try", {"gather", {{"wait_for", {"var", "t3"}, 5}, {"wait_for", {"coro", "c13",
        {{"later", 1, {{"callback", "t3", "cb14"}}}, {"raise", "e15"}}}, 0.5}}, true}}}, {{"spawn",
        "t16", {{"try_cancellable", {"coro", "c17", {{"fut", "f18"}, {"return", "r19"}}}},
        {"return", "r20"}}}}},
      {"soon", {{"callback", "t3", "cb21"}}},
      {"return", "r22"},
    },
    log = [=[
root starts; t3 starts; t3 caught Timeout 0; t5 starts; root got s12; t5 got s6; t5 l7;
t5 self cancel true; t5 finally; soon cancel t3 true; t5 raises Cancelled; t3 caught Cancelled 1;
t3 ends; root item d:t3 p:; c13 starts; c13 raises e15; root got [r11 e15]; root finally; root ends;
t16 starts; c17 starts; c17 ends; t16 got r19; t16 ends; callback cb21; f18 result settled;
t16 result r20 0; t3 result r11 1; t5 cancelled 1; root r22 1]=],
  },
  {
    program = {
      {"later", 0, {{"log", "l1"}, {"log", "l2"}}},
      {"await", {"wait_for", {"gather", {{"wait_for", {"sleep", 0, "s3"}, 0.5}}, false}, 0.5}},
      {"try_cancellable", {"gather", {{"gather", {}, true}, {"sleep", 2, "s4"}}, false}},
      {"try", {"shield", {"sleep", 0, "s5"}}},
      {"try", {"coro", "c6", {{"fut", "f7"}, {"state", "f7"}, {"state", "f7"}, {"return", "r8"}}}},
      {"try", {"sleep", 0.5, "s9"}},
      {"as_completed", {{"gather", {}, false}, {"gather", {{"coro", "c10", {{"log", "l11"},
        {"return", "r12"}}}}, false}}, 0, true},
    },
    log = [=[
root starts; timer l1; timer l2; root got [s3]; root got [[] s4]; root got s5; c6 starts;
c6 f7 pending; c6 f7 pending; c6 ends; root got r8; root got s9; c10 starts; c10 l11; c10 ends;
root item []; root items Timeout; root ends; f7 result settled; root nil 2.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"log", "l3"},
      {"try", {"gather", {{"sleep", 0, "s4"}, {"gather", {}, true}, {"coro", "c5", {{"ticker", 3,
        "k6"}, {"return", "r7"}}}}, true}},
      {"let", "g8", {"gather", {{"wait_for", {"coro", "c9", {{"log", "l10"}, {"log", "l11"},
        {"raise", "e12"}}}, 1}}, true}},
      {"soon", {{"cancel", "g8"}}},
      {"log", "l13"},
      {"await", {"sleep", 1, "s14"}},
      {"return", "r15"},
    },
    log = [=[
root starts; root l1; root l2; root l3; c5 starts; c5 ends; k6 tick 1; k6 tick 2;
root got [s4 [] r7]; root l13; k6 tick 3; c9 starts; c9 l10; c9 l11; c9 raises e12;
soon cancel g8 false; root got s14; root ends; g8 result [e12]; root r15 1]=],
  },
  {
    program = {
      {"try", {"shield", {"wait_for", {"gather", {{"coro", "c1", {{"await", {"sleep", 2, "s2"}}}}},
        false}, 1.5}}},
      {"log", "l3"},
      {"try", {"gather", {{"sleep", 0, "s4"}, {"sleep", 1, "s5"}}, false}},
      {"as_completed", {{"wait_for", {"wait_for", {"sleep", 2, "s6"}, 1}, false}, {"coro", "c7",
        {{"as_completed", {{"sleep", 0, "s8"}}, 0}, {"raise", "e9"}}}, {"sleep", 0, "s10"}}, 2,
        true},
      {"spawn", "t11", {{"log", "l12"}, {"try", {"sleep", 0, "s13"}}, {"await", {"gather", {},
        false}}, {"return", "r14"}}},
      {"as_completed", {{"wait_for", {"var", "t11"}, 1}, {"wait_for", {"gather", {}, false}, 1}},
        1, true},
      {"fut", "f15"},
      {"cancel", "t11"},
      {"try_cancellable", {"var", "f15"}},
      {"soon", {{"set", "f15", "x16"}, {"cancel", "f15"}}},
    },
    log = [=[
root starts; c1 starts; c1 raises Cancelled; root caught Timeout 1.5; root l3; root got [s4 s5];
c7 starts; c7 item raised Timeout; c7 raises e9; root item s10; root item e9; root item Timeout;
t11 starts; t11 l12; t11 got s13; t11 got []; t11 ends; root item []; root item r14;
root cancel t11 false; root got settled; root ends; soon cancel f15 false; f15 result settled;
t11 result r14 0; root nil 50]=],
  },
  {
    program = {
      {"spawn", "t1", {{"await", {"sleep", 0, "s2"}}, {"try", {"gather", {}, false}},
        {"try_cancellable", {"gather", {{"shield", {"sleep", 0.5, "s3"}}, {"coro", "c4", {{"await",
        {"sleep", 0.5, "s5"}}, {"raise", "e6"}}}}, false}}}, true},
      {"spawn", "t7", {{"ticker", 2, "k8"}, {"await", {"sleep", 1, "s9"}}, {"return", "r10"}}},
      {"state", "t1"},
      {"let", "g12", {"gather", {{"var", "t7"}, {"var", "t1"}, {"shield", {"var", "t7"}}}, true}},
      {"await", {"shield", {"shield", {"wait_for", {"var", "g12"}, 2}}}},
      {"soon", {{"cancel", "g12"}}},
      {"cancel", "t1"},
      {"soon", {{"cancel", "t7"}}},
    },
    log = [=[
root starts; t1 starts; root t1 pending 0; t1 got s2; t1 got []; t7 starts; c4 starts; k8 tick 1;
k8 tick 2; c4 got s5; c4 raises e6; t1 caught e6 0.5; t1 ends; t7 got s9; t7 ends;
root got [r10 nil r10]; root cancel t1 false; root ends; soon cancel g12 false;
soon cancel t7 false; g12 result [r10 nil r10]; t1 result nil 0; t7 result r10 0; root nil 1]=],
  },
  {
    program = {
      {"spawn", "t1", {{"await", {"sleep", 0, "s2"}}, {"later", 0, {{"log", "l3"}}}, {"spawn",
        "t4", {{"await", {"gather", {}, false}}, {"raise", "e5"}}}, {"return", "r6"}}},
      {"try_cancellable", {"var", "t1"}},
      {"later", 3, {{"cancel", "t1"}}},
      {"await", {"sleep", 0, "s7"}},
      {"await", {"gather", {{"sleep", 0, "s8"}, {"var", "t1"}}, false}},
      {"fut", "f9"},
      {"later", 3, {{"cancel", "f9"}}},
      {"fut", "f10"},
      {"spawn", "t11", {{"await", {"shield", {"shield", {"var", "f10"}}}}, {"spawn", "t12",
        {{"log", "l13"}, {"await", {"wait_for", {"var", "f9"}, 0}}, {"raise", "e14"}}}, {"try",
        {"wait", {"t12", "f9", "t1"}, false, "ALL_COMPLETED"}}}},
      {"let", "g15", {"gather", {{"var", "t11"}, {"gather", {{"var", "t1"}, {"coro", "c16",
        {{"fut", "f17"}}}}, true}}, true}},
      {"finally", {{"try_cancellable", {"wait", {"f9", "g15"}, false, "ALL_COMPLETED"}}, {"soon",
        {{"log", "l18"}, {"set", "f9", "x19"}}}, {"cancel", "t1"}, {"cancel", "t11"}, {"fail",
        "f9", "x20"}, {"callback", "f10", "cb21"}, {"return", "r22"}}, {{"later", 0, {{"log",
        "l23"}}}, {"finally", {{"cancel_self"}, {"return", "r24"}}, {{"await", {"coro", "c25",
        {{"try_cancellable", {"var", "f10"}}, {"return", "r26"}}}}, {"raise", "e27"}}}}},
      {"return", "r28"},
    },
    log = [=[
root starts; t1 starts; t1 got s2; t1 ends; t4 starts; t4 got []; t4 raises e5; root got r6;
timer l3; root got s7; root got [s8 r6]; t11 starts; c16 starts; c16 ends; timer cancel t1 false;
timer cancel f9 true; t11 got settled; t12 starts; t12 l13; t12 raises Cancelled;
t11 got d:t12,f9,t1 p:; t11 ends; root got d:f9,g15 p:; root cancel t1 false; root cancel t11 false;
root finally; root self cancel true; root finally; c25 starts; c25 got settled; c25 ends;
root got r26; root raises e27; soon l18; callback cb21; timer l23; f10 result settled;
f17 result settled; f9 cancelled; g15 result [nil [r6 nil]]; t1 result r6 0; t11 result nil 0;
t12 cancelled 0; t4 failed e5 0; root e27 50]=],
  },
  {
    program = {
      {"try", {"wait_for", {"sleep", 0, "s1"}, 2}},
      {"let", "g4", {"gather", {{"gather", {{"sleep", 0.5, "s5"}}, true}}, true}},
      {"as_completed", {{"sleep", 1, "s6"}, {"wait_for", {"wait", {"g4"}, false,
        "FIRST_EXCEPTION"}, 1}}, false},
      {"try_cancellable", {"coro", "c7", {{"try", {"var", "g4"}}, {"fut", "f8"}, {"raise", "e9"}}}},
      {"ticker", 4, "k10"},
      {"spawn", "t11", {{"try_cancellable", {"var", "g4"}}, {"later", 0, {}}}},
      {"spawn", "t12", {{"finally", {{"later", 0, {{"log", "l13"}}}, {"spawn", "t14", {{"raise",
        "e15"}}}, {"raise", "e16"}}, {{"soon", {{"cancel", "g4"}}}, {"later", 2, {}}, {"return",
        "r17"}}}, {"spawn", "t20", {{"await", {"sleep", 0, "s21"}}, {"spawn", "t22", {{"try",
        {"var", "g4"}}}}, {"raise", "e23"}}}, {"state", "t20"}}},
      {"cancel", "t12"},
      {"later", 2, {}},
      {"log", "l24"},
      {"return", "r25"},
    },
    log = [=[
root starts; root got s1; root item d:g4 p:; root item s6; c7 starts; c7 got [[s5]]; c7 raises e9;
root caught e9 1; root cancel t12 true; root l24; root ends; k10 tick 1; t11 starts; t11 got [[s5]];
t11 ends; k10 tick 2; f8 result settled; g4 result [[s5]]; t11 result nil 0; t12 cancelled 1;
root r25 1; k10 tick 3]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"as_completed", {{"var", "f1"}, {"var", "f1"}, {"wait", {"f1", "f1", "f1"}, false,
        "FIRST_EXCEPTION"}}, false},
      {"await", {"shield", {"wait_for", {"shield", {"coro", "c2", {{"await", {"sleep", 0, "s3"}},
        {"return", "r4"}}}}, 5}}},
      {"spawn", "t5", {{"await", {"sleep", 2, "s6"}}, {"fut", "f7"}, {"spawn", "t8", {{"later",
        0.5, {{"cancel", "f7"}, {"cancel", "f7"}}}, {"later", 0.5, {{"fail", "f7", "x9"}, {"fail",
        "f1", "x10"}}}, {"return", "r11"}}}, {"let", "g12", {"gather", {{"var", "f7"}, {"var",
        "f7"}}, true}}, {"return", "r13"}}, true},
      {"cancel", "f1"},
      {"try_cancellable", {"wait_for", {"wait_for", {"wait_for", {"sleep", 0, "s15"}, 0.5}, 5}, 2}},
      {"return", "r16"},
    },
    log = [=[
root starts; root item settled; root item d:f1 p:; c2 starts; c2 got s3; c2 ends; root got r4;
t5 starts; root cancel f1 false; root got s15; root ends; t5 got s6; t5 ends; t8 starts; t8 ends;
f1 result settled; f7 result settled; g12 pending; t5 result r13 0; t8 result r11 0; root r16 52]=],
  },
  {
    program = {
      {"as_completed", {{"gather", {{"sleep", 0, "s1"}, {"shield", {"coro", "c2", {{"raise",
        "e5"}}}}, {"shield", {"sleep", 0, "s6"}}}, true}, {"gather", {{"gather", {{"coro", "c7",
        {{"fut", "f8"}, {"return", "r9"}}}}, true}}, false}, {"wait_for", {"shield", {"sleep", 3,
        "s10"}}, 0.5}}, 2, true},
      {"finally", {{"await", {"sleep", 0.5, "s11"}}, {"await", {"gather", {}, true}}, {"spawn",
        "t15", {{"try", {"gather", {{"sleep", 0, "s16"}}, true}}, {"log", "l17"}, {"log", "l18"},
        {"ticker", 4, "k19"}}}}, {{"fut", "f20"}, {"cancel", "f20"}, {"fail", "f20", "x21"},
        {"finally", {{"try", {"coro", "c22", {{"return", "r24"}}}}, {"try_cancellable", {"var",
        "f20"}}, {"raise", "e25"}}, {{"spawn", "t26", {{"log", "l27"}}, true}, {"return", "r28"}}},
        {"raise", "e29"}}},
      {"await", {"sleep", 0, "s30"}},
      {"await", {"sleep", 0, "s31"}},
      {"await", {"shield", {"wait_for", {"shield", {"coro", "c32", {{"later", 0.5, {{"log",
        "l33"}}}, {"raise", "e34"}}}}, 0}}},
      {"log", "l35"},
      {"fut", "f36"},
    },
    log = [=[
root starts; c2 starts; c2 raises e5; c7 starts; c7 ends; root item [[r9]]; root item [s1 e5 s6];
root item Timeout; root got s11; root got []; root finally; root cancel f20 true; c22 starts;
c22 ends; root got r24; root finally; t26 starts; t26 l27; t26 ends; root raises Cancelled;
t15 starts; t15 got [s16]; t15 l17; t15 l18; t15 ends; k19 tick 1; k19 tick 2; f20 cancelled;
f8 result settled; t15 result nil 0; t26 result nil 0; root Cancelled 1; k19 tick 3]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"sleep", 0, "s2"}, {"wait_for", {"coro", "c3", {{"try", {"coro",
        "c4", {{"log", "l5"}, {"return", "r6"}}}}}}, 0}}, true}},
      {"await", {"gather", {{"gather", {{"var", "g1"}, {"wait_for", {"var", "g1"}, 2}, {"sleep", 3,
        "s7"}}, false}}, true}},
      {"await", {"sleep", 0, "s8"}},
      {"spawn", "t9", {{"spawn", "t10", {{"as_completed", {{"var", "g1"}}, false, true}, {"return",
        "r12"}}}, {"cancel_self"}}},
      {"spawn", "t13", {{"fut", "f14"}, {"as_completed", {{"var", "g1"}, {"gather", {{"sleep", 0.5,
        "s15"}, {"var", "g1"}, {"coro", "c16", {{"set", "f14", "x17"}}}}, false}, {"var", "f14"}},
        2}, {"finally", {{"try", {"sleep", 0.5, "s18"}}, {"fail", "f14", "x19"}, {"return",
        "r20"}}, {{"later", 0, {{"cancel", "g1"}, {"log", "l21"}}}}}, {"raise", "e22"}}},
      {"try_cancellable", {"gather", {}, false}},
      {"cancel_self"},
      {"log", "l23"},
      {"spawn", "t24", {{"try", {"gather", {{"var", "t13"}, {"coro", "c25", {{"ticker", 2,
        "k27"}}}, {"wait_for", {"var", "t9"}, -1}}, false}}, {"try", {"wait_for", {"gather", {},
        true}, 1.5}}, {"spawn", "t28", {{"later", 2, {{"cancel", "t13"}}}, {"finally", {{"ticker",
        1, "k30"}, {"raise", "e31"}}, {{"cancel", "t9"}, {"raise", "e32"}}}, {"return", "r33"}}}}},
      {"try_cancellable", {"shield", {"wait", {"t9"}, 2, "ALL_COMPLETED"}}},
      {"spawn", "t34", {{"await", {"var", "g1"}}, {"return", "r35"}}},
      {"try_cancellable", {"shield", {"coro", "c36", {{"callback", "t34", "cb37"}, {"log",
        "l38"}}}}},
      {"await", {"sleep", 0.5, "s39"}},
    },
    log = [=[
root starts; root got [[[s2 Timeout] [s2 Timeout] s7]]; root got s8; root got [];
root self cancel true; root l23; t9 starts; t9 self cancel true; t9 ends; t13 starts; t24 starts;
root raises Cancelled; t10 starts; c16 starts; c16 ends; c25 starts; c25 ends;
t13 item [s2 Timeout]; t13 item x17; k27 tick 1; t10 item [s2 Timeout]; t10 ends; k27 tick 2;
t24 caught Cancelled 3; t24 got []; t24 ends; t28 starts; t28 finally; t28 cancel t9 false;
t28 raises e32; k30 tick 1; t13 item [s15 [s2 Timeout] nil]; t13 got s18; t13 finally;
t13 raises e22; timer cancel g1 false; timer l21; f14 result x17; g1 result [s2 Timeout];
t10 result r12 0; t13 failed e22 0; t24 result nil 0; t28 failed e32 0; t9 cancelled 1;
root Cancelled 4]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}, {"log", "l2"}}},
      {"await", {"sleep", 0, "s3"}},
      {"fut", "f4"},
      {"try_cancellable", {"wait_for", {"coro", "c5", {{"state", "f4"}, {"soon", {{"set", "f4",
        "x6"}}}, {"try_cancellable", {"var", "f4"}}, {"raise", "e7"}}}, 2}},
      {"cancel", "f4"},
      {"soon", {{"set", "f4", "x8"}}},
      {"spawn", "t9", {{"spawn", "t11", {{"soon", {{"cancel", "f4"}}}, {"try", {"wait", {"f4"}, 2,
        "FIRST_EXCEPTION"}}}}, {"raise", "e13"}}},
      {"as_completed", {{"var", "f4"}}, false, true},
      {"try", {"gather", {{"var", "f4"}, {"wait_for", {"wait_for", {"var", "f4"}, 0}, 1}}, false}},
    },
    log = [=[
root starts; soon l1; soon l2; root got s3; c5 starts; c5 f4 pending; c5 got x6; c5 raises e7;
root caught e7 0; root cancel f4 false; t9 starts; t9 raises e13; t11 starts; root item x6;
soon cancel f4 false; t11 got d:f4 p:; t11 ends; root got [x6 x6]; root ends; f4 result x6;
t11 result nil 0; t9 failed e13 0; root nil 0]=],
  },
  {
    program = {
      {"ticker", 2, "k1"},
      {"await", {"sleep", 0.5, "s2"}},
      {"fut", "f3"},
      {"spawn", "t4", {{"set", "f3", "x5"}, {"cancel", "f3"}, {"finally", {{"try", {"shield",
        {"var", "f3"}}}, {"raise", "e7"}}, {{"await", {"sleep", 2, "s8"}}, {"raise", "e9"}}},
        {"return", "r10"}}, true},
      {"await", {"wait", {"f3", "f3", "f3"}, false, "FIRST_EXCEPTION"}},
      {"try", {"shield", {"wait_for", {"shield", {"var", "f3"}}, 1.5}}},
      {"as_completed", {{"gather", {{"var", "f3"}, {"gather", {{"var", "t4"}, {"sleep", 0, "s11"},
        {"sleep", 3, "s12"}}, true}, {"var", "t4"}}, false}}, 1},
      {"later", 0, {{"cancel", "t4"}, {"cancel", "f3"}}},
      {"callback", "t4", "cb13"},
      {"as_completed", {{"gather", {{"gather", {{"var", "f3"}}, true}, {"wait", {"f3", "t4"},
        false, "ALL_COMPLETED"}}, false}, {"gather", {{"wait", {"t4"}, false, "FIRST_EXCEPTION"},
        {"gather", {{"var", "f3"}, {"coro", "c14", {{"as_completed", {{"var", "f3"}}, 2, true},
        {"return", "r15"}}}}, true}, {"var", "f3"}}, false}}, false},
      {"try_cancellable", {"sleep", 0, "s16"}},
      {"await", {"coro", "c17", {{"log", "l19"}, {"fut", "f20"}, {"soon", {{"callback", "f20",
        "cb21"}}}, {"return", "r22"}}}},
      {"try", {"wait_for", {"gather", {{"wait_for", {"sleep", 1, "s23"}, 0}, {"wait_for", {"coro",
        "c24", {{"later", 1.5, {{"set", "f3", "x25"}}}, {"return", "r26"}}}, 5}, {"sleep", 3,
        "s27"}}, false}, -1}},
      {"as_completed", {{"var", "t4"}}, 0, true},
      {"return", "r28"},
    },
    log = [=[
root starts; k1 tick 1; k1 tick 2; root got s2; t4 starts; t4 cancel f3 false; t4 got x5;
t4 finally; root got d:f3 p:; root got x5; root item raised Timeout; c14 starts;
timer cancel t4 true; timer cancel f3 false; t4 raises Cancelled; c14 item x5; c14 ends;
callback cb13; root item [[x5] d:f3,t4 p:]; root item [d:t4 p: [x5 r15] x5]; root got s16;
c17 starts; c17 l19; c17 ends; root got r22; root caught Timeout 1.5; root item Cancelled;
root ends; f20 result settled; f3 result x5; t4 cancelled 1; root r28 1.5; callback cb21]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"spawn", "t2", {{"soon", {{"log", "l3"}, {"log", "l4"}}}, {"try", {"wait_for", {"var",
        "f1"}, 2}}, {"try_cancellable", {"gather", {{"wait", {"f1", "f1"}, 1, "ALL_COMPLETED"}},
        true}}, {"finally", {{"await", {"sleep", 2, "s5"}}, {"finally", {{"as_completed", {{"var",
        "f1"}}, 1}, {"return", "r6"}}, {{"try", {"var", "f1"}}, {"raise", "e7"}}}, {"raise",
        "e8"}}, {{"spawn", "t9", {{"later", 1.5, {{"callback", "f1", "cb10"}, {"fail", "f1",
        "x11"}}}, {"raise", "e12"}}}}}}},
      {"as_completed", {{"gather", {{"var", "t2"}, {"gather", {{"coro", "c14", {{"fail", "f1",
        "x15"}, {"fail", "f1", "x16"}, {"return", "r17"}}}}, true}, {"var", "t2"}}, false}}, 0,
        true},
      {"spawn", "t18", {}},
      {"await", {"var", "f1"}},
      {"spawn", "t20", {{"await", {"shield", {"gather", {{"var", "t2"}, {"var", "t2"}}, false}}},
        {"raise", "e21"}}},
      {"state", "t2"},
      {"await", {"var", "t18"}},
      {"state", "t20"},
    },
    log = [=[
root starts; t2 starts; c14 starts; c14 ends; soon l3; soon l4; t2 caught x15 0; root items Timeout;
root raises x15; t18 starts; t18 ends; t2 got [d:f1 p:]; t2 got s5; t2 item raised x15; t2 finally;
t2 caught x15 2; t2 finally; t2 raises e7; t9 starts; t9 raises e12; f1 failed x15;
t18 result nil 0; t2 failed e7 0; t9 failed e12 0; root x15 2]=],
  },
  {
    program = {
      {"try", {"sleep", 0, "s1"}},
      {"soon", {{"log", "l2"}}},
      {"spawn", "t3", {{"as_completed", {{"wait_for", {"coro", "c4", {{"try", {"sleep", 0, "s5"}},
        {"return", "r6"}}}, false}, {"wait_for", {"sleep", 2, "s7"}, 0}, {"gather", {{"coro", "c8",
        {{"await", {"coro", "c9", {{"log", "l10"}, {"log", "l11"}, {"return", "r12"}}}}, {"return",
        "r13"}}}}, false}}, 1}}},
      {"soon", {}},
      {"try_cancellable", {"shield", {"sleep", 0, "s14"}}},
      {"try_cancellable", {"wait_for", {"gather", {{"gather", {}, true}, {"wait", {"t3"}, 0,
        "FIRST_EXCEPTION"}, {"var", "t3"}}, false}, 5}},
      {"try_cancellable", {"gather", {{"shield", {"wait_for", {"coro", "c17", {{"try", {"var",
        "t3"}}, {"return", "r18"}}}, 0.5}}, {"gather", {{"sleep", 1.5, "s19"}, {"sleep", 0,
        "s20"}}, true}}, true}},
    },
    log = [=[
root starts; root got s1; soon l2; t3 starts; c8 starts; c9 starts; c9 l10; c9 l11; c9 ends;
c8 got r12; c8 ends; c4 starts; c4 got s5; c4 ends; root got s14; t3 item [r13]; t3 item r6;
t3 item raised Timeout; t3 ends; root got [[] d:t3 p: nil]; c17 starts; c17 got nil; c17 ends;
root got [r18 [s19 s20]]; root ends; t3 result nil 0; root nil 1.5]=],
  },
  {
    program = {
      {"ticker", 2, "k1"},
      {"fut", "f2"},
      {"as_completed", {{"shield", {"var", "f2"}}, {"wait_for", {"shield", {"coro", "c3", {{"log",
        "l4"}, {"raise", "e5"}}}}, 2}}, 2, true},
      {"fut", "f6"},
      {"fut", "f7"},
      {"later", 0, {{"log", "l8"}, {"cancel", "f6"}}},
      {"fail", "f2", "x9"},
      {"set", "f6", "x10"},
      {"state", "f6"},
      {"fail", "f6", "x11"},
      {"log", "l12"},
      {"soon", {{"fail", "f6", "x13"}, {"callback", "f7", "cb14"}}},
      {"await", {"sleep", 1, "s15"}},
      {"try", {"wait_for", {"gather", {{"wait", {"f6"}, false, "ALL_COMPLETED"}, {"var", "f6"}},
        false}, 2}},
    },
    log = [=[
root starts; k1 tick 1; c3 starts; c3 l4; c3 raises e5; k1 tick 2; root item e5; root items Timeout;
root f6 result x10; root l12; timer l8; timer cancel f6 false; root got s15; root got [d:f6 p: x10];
root ends; f2 failed x9; f6 result x10; f7 result settled; root nil 3; callback cb14]=],
  },
  {
    program = {
      {"await", {"sleep", 1, "s1"}},
      {"try_cancellable", {"gather", {{"wait_for", {"gather", {{"sleep", 0, "s2"}}, true}, 1},
        {"gather", {{"sleep", 0, "s3"}, {"sleep", 0.5, "s4"}, {"coro", "c5", {{"await", {"sleep",
        0, "s6"}}, {"raise", "e7"}}}}, false}, {"gather", {}, false}}, false}},
      {"later", 2, {{"log", "l8"}, {"log", "l9"}}},
      {"spawn", "t10", {{"try", {"gather", {}, true}}, {"log", "l11"}, {"log", "l12"}, {"raise",
        "e13"}}},
      {"later", 0.5, {{"callback", "t10", "cb14"}}},
      {"let", "g15", {"shield", {"gather", {{"var", "t10"}, {"coro", "c16", {{"as_completed",
        {{"sleep", 3, "s17"}, {"var", "t10"}}, false}}}, {"var", "t10"}}, true}}},
      {"spawn", "t18", {{"ticker", 1, "k19"}, {"try", {"shield", {"var", "g15"}}}}},
      {"await", {"sleep", 0, "s20"}},
      {"try_cancellable", {"shield", {"sleep", 0, "s21"}}},
      {"uncancel"},
      {"callback", "g15", "cb22"},
      {"await", {"wait_for", {"wait_for", {"sleep", 1, "s23"}, 5}, 1}},
      {"return", "r24"},
    },
    log = [=[
root starts; root got s1; c5 starts; c5 got s6; c5 raises e7; root caught e7 1; t10 starts;
t10 got []; t10 l11; t10 l12; t10 raises e13; c16 starts; t18 starts; root got s20; k19 tick 1;
c16 item raised e13; root got s21; root uncancel 0; callback cb14; root raises Timeout; timer l8;
timer l9; c16 item s17; c16 ends; callback cb22; t18 got [e13 nil e13]; t18 ends;
g15 result [e13 nil e13]; t10 failed e13 0; t18 result nil 0; root Timeout 4]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"await", {"sleep", 1.5, "s3"}},
      {"ticker", 2, "k4"},
      {"spawn", "t5", {{"log", "l6"}, {"log", "l7"}, {"spawn", "t8", {{"try_cancellable",
        {"gather", {}, false}}, {"try", {"gather", {{"sleep", 0.5, "s9"}, {"coro", "c10",
        {{"await", {"sleep", 0.5, "s11"}}, {"raise", "e12"}}}}, false}}, {"await", {"sleep", 1,
        "s13"}}, {"raise", "e14"}}}, {"fut", "f15"}, {"return", "r16"}}},
      {"try", {"gather", {{"gather", {{"shield", {"var", "t5"}}, {"wait", {"t5", "t5"}, 0,
        "FIRST_COMPLETED"}}, false}, {"wait", {"t5", "t5", "t5"}, 0, "FIRST_COMPLETED"}, {"shield",
        {"wait_for", {"var", "t5"}, -1}}}, true}},
      {"cancel_self"},
      {"try", {"gather", {}, false}},
      {"let", "g17", {"gather", {{"sleep", 0, "s18"}, {"sleep", 1.5, "s19"}, {"wait_for", {"var",
        "t5"}, 1.5}}, false}},
      {"as_completed", {{"wait_for", {"wait_for", {"var", "t5"}, false}, 5}, {"wait_for",
        {"shield", {"var", "g17"}}, -1}}, false},
      {"raise", "e20"},
    },
    log = [=[
root starts; root l1; root l2; root got s3; k4 tick 1; t5 starts; t5 l6; t5 l7; t5 ends; k4 tick 2;
t8 starts; t8 got []; c10 starts; root got [[r16 d:t5 p:] d:t5 p: r16]; root self cancel true;
root got []; root raises Cancelled; c10 got s11; c10 raises e12; t8 caught e12 2; t8 got s13;
t8 raises e14; f15 result settled; g17 result [s18 s19 r16]; t5 result r16 0; t8 failed e14 0;
root Cancelled 3]=],
  },
  {
    program = {
      {"later", 2, {{"log", "l1"}}},
      {"log", "l2"},
      {"log", "l3"},
      {"ticker", 4, "k4"},
      {"await", {"shield", {"coro", "c5", {{"spawn", "t6", {{"try", {"coro", "c7",
        {{"try_cancellable", {"coro", "c8", {{"await", {"sleep", 0, "s9"}}, {"raise", "e10"}}}}}}},
        {"await", {"sleep", 0.5, "s11"}}}}}}}},
      {"soon", {{"log", "l14"}}},
      {"spawn", "t15", {{"raise", "e18"}}},
      {"return", "r19"},
    },
    log = [=[
root starts; root l2; root l3; k4 tick 1; c5 starts; c5 ends; k4 tick 2; t6 starts; c7 starts;
c8 starts; k4 tick 3; c8 got s9; c8 raises e10; c7 caught e10 0; c7 ends; t6 got nil; root got nil;
root ends; k4 tick 4; soon l14; t15 starts; t15 raises e18; t6 got s11; t6 ends; t15 failed e18 0;
t6 result nil 0; root r19 0.5]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}}},
      {"later", 2, {{"log", "l2"}}},
      {"spawn", "t3", {{"await", {"sleep", 1, "s4"}}, {"raise", "e5"}}},
      {"as_completed", {{"gather", {{"gather", {{"sleep", 0, "s6"}, {"var", "t3"}}, false}},
        false}, {"coro", "c7", {{"as_completed", {{"var", "t3"}, {"var", "t3"}}, 0},
        {"uncancel"}}}}, false, true},
      {"state", "t3"},
      {"try_cancellable", {"gather", {{"var", "t3"}, {"shield", {"wait_for", {"var", "t3"}, 1}},
        {"coro", "c8", {{"return", "r9"}}}}, false}},
      {"let", "g10", {"shield", {"wait_for", {"coro", "c11", {{"state", "t3"}}}, false}}},
      {"try", {"var", "t3"}},
      {"raise", "e12"},
    },
    log = [=[
root starts; soon l1; t3 starts; c7 starts; c7 item raised Timeout; c7 uncancel 0; c7 ends;
root item nil; t3 got s4; t3 raises e5; root item e5; root t3 failed e5 0; root caught e5 1;
root caught e5 1; root raises e12; c8 starts; c8 ends; c11 starts; c11 t3 failed e5 0; c11 ends;
g10 result nil; t3 failed e5 0; root e12 1]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"coro", "c1", {{"await", {"sleep", 0, "s2"}}, {"fut",
        "f3"}, {"callback", "f3", "cb4"}, {"cancel", "f3"}, {"return", "r6"}}}, false}},
      {"await", {"sleep", 0.5, "s7"}},
      {"spawn", "t8", {{"log", "l9"}, {"log", "l10"}, {"await", {"wait_for", {"wait_for", {"sleep",
        0, "s11"}, 0.5}, 2}}, {"await", {"sleep", 0, "s12"}}, {"try_cancellable", {"gather",
        {{"sleep", 0, "s13"}, {"sleep", 1, "s14"}}, false}}, {"return", "r15"}}},
      {"log", "l17"},
      {"try", {"var", "t8"}},
      {"try", {"wait_for", {"var", "t8"}, 1.5}},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 cancel f3 true; c1 ends; root got r6; callback cb4;
root got s7; root l17; t8 starts; t8 l9; t8 l10; t8 got s11; t8 got s12; t8 got [s13 s14]; t8 ends;
root got r15; root got r15; root ends; f3 cancelled; t8 result r15 0; root nil 1.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"as_completed", {{"wait_for", {"sleep", 1.5, "s2"}, 5}}, 1}}},
      {"try_cancellable", {"var", "t1"}},
      {"let", "g3", {"gather", {{"var", "t1"}, {"gather", {}, true}}, true}},
      {"as_completed", {{"coro", "c4", {{"fut", "f5"}, {"later", 0.5, {{"log", "l6"}, {"cancel",
        "f5"}}}, {"cancel", "t1"}}}}, 0, true},
      {"soon", {{"cancel", "g3"}}},
      {"log", "l8"},
      {"cancel", "t1"},
      {"await", {"sleep", 1, "s9"}},
      {"spawn", "t10", {{"try_cancellable", {"var", "g3"}}, {"await", {"sleep", 0, "s15"}}, {"fut",
        "f16"}, {"raise", "e17"}}},
      {"later", 1, {}},
      {"spawn", "t18", {{"as_completed", {{"gather", {{"var", "t10"}, {"sleep", 1, "s19"}}, true},
        {"wait", {"g3", "t10", "g3"}, false, "FIRST_COMPLETED"}, {"wait_for", {"sleep", 3, "s20"},
        2}}, 1}, {"try", {"var", "t1"}}, {"await", {"sleep", 0, "s21"}}, {"later", 0, {{"callback",
        "t1", "cb22"}}}}},
      {"state", "g3"},
      {"finally", {{"try", {"sleep", 3, "s23"}}, {"try", {"shield", {"wait_for", {"var", "t18"},
        1}}}, {"later", 0, {}}, {"return", "r24"}}, {{"try_cancellable", {"var", "t10"}}}},
      {"return", "r25"},
    },
    log = [=[
root starts; t1 starts; t1 item raised Timeout; t1 ends; root got nil; c4 starts;
c4 cancel t1 false; c4 ends; root items Timeout; root l8; root cancel t1 false;
soon cancel g3 false; timer l6; timer cancel f5 true; root got s9; root g3 result [nil []];
t10 starts; t10 got [nil []]; t18 starts; t10 got s15; t10 raises e17; t18 item d:g3,t10 p:;
t18 item raised Timeout; t18 item raised Timeout; t18 got nil; t18 got s21; t18 ends; callback cb22;
root got s23; root got nil; root finally; root caught e17 5; root ends; f16 result settled;
f5 cancelled; g3 result [nil []]; t1 result nil 0; t10 failed e17 0; t18 result nil 0;
root r25 5]=],
  },
  {
    program = {
      {"try", {"coro", "c1", {{"await", {"sleep", 0.5, "s2"}}, {"try_cancellable", {"shield",
        {"gather", {}, true}}}, {"log", "l3"}}}},
      {"later", 3, {{"log", "l4"}, {"log", "l5"}}},
      {"let", "g6", {"gather", {{"shield", {"sleep", 0, "s7"}}}, false}},
      {"try", {"gather", {{"wait_for", {"shield", {"var", "g6"}}, 0}, {"wait", {"g6", "g6"}, 0,
        "FIRST_COMPLETED"}}, false}},
      {"spawn", "t8", {{"log", "l9"}}},
      {"spawn", "t10", {{"state", "t8"}}},
      {"as_completed", {{"wait", {"t10", "t10", "t10"}, 0, "ALL_COMPLETED"}, {"var", "t8"},
        {"shield", {"var", "g6"}}}, false},
      {"await", {"wait_for", {"wait_for", {"var", "g6"}, 2}, 1.5}},
      {"log", "l13"},
      {"try", {"var", "t10"}},
      {"spawn", "t14", {{"fut", "f15"}, {"return", "r16"}}},
      {"ticker", 1, "k17"},
      {"raise", "e18"},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 got []; c1 l3; c1 ends; root got nil; root caught Timeout 0.5;
t8 starts; t8 l9; t8 ends; t10 starts; t10 t8 result nil 0; t10 ends; root item [s7]; root item nil;
root item d:t10 p:; root got [s7]; root l13; root got nil; root raises e18; t14 starts; t14 ends;
k17 tick 1; f15 result settled; g6 result [s7]; t10 result nil 0; t14 result r16 0; t8 result nil 0;
root e18 0.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"soon", {{"log", "l2"}}},
      {"let", "g3", {"gather", {{"gather", {{"coro", "c4", {{"raise", "e7"}}}, {"coro", "c8",
        {{"await", {"sleep", 2, "s9"}}, {"raise", "e10"}}}}, true}, {"wait_for", {"sleep", 1,
        "s11"}, 1.5}}, false}},
      {"state", "g3"},
      {"later", 1.5, {}},
      {"as_completed", {{"coro", "c12", {{"ticker", 2, "k13"}, {"return", "r14"}}}, {"var", "g3"}},
        false},
      {"as_completed", {{"gather", {{"gather", {{"var", "g3"}}, false}}, true}, {"shield", {"var",
        "g3"}}, {"var", "g3"}}, 2, true},
      {"later", 1, {{"cancel", "g3"}, {"callback", "g3", "cb15"}}},
      {"await", {"sleep", 0, "s16"}},
      {"raise", "e17"},
    },
    log = [=[
root starts; root l1; root g3 pending; soon l2; c4 starts; c4 raises e7; c8 starts; c12 starts;
c12 ends; k13 tick 1; k13 tick 2; root item r14; c8 got s9; c8 raises e10; root item [[e7 e10] s11];
root item [[[[e7 e10] s11]]]; root item [[e7 e10] s11]; root got s16; root raises e17;
g3 result [[e7 e10] s11]; root e17 2]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"await", {"sleep", 0, "s2"}},
      {"spawn", "t3", {{"spawn", "t4", {{"try", {"gather", {{"coro", "c5", {}}}, true}}, {"fut",
        "f8"}, {"uncancel"}, {"return", "r9"}}}, {"callback", "t4", "cb11"}}, true},
      {"later", 0, {{"cancel", "t3"}}},
      {"try", {"var", "t3"}},
      {"try", {"gather", {{"shield", {"var", "t3"}}, {"coro", "c12", {{"spawn", "t13", {{"fut",
        "f14"}, {"await", {"sleep", 3, "s15"}}}}, {"cancel", "t13"}, {"cancel", "t3"}}}, {"var",
        "t3"}}, true}},
      {"try_cancellable", {"wait_for", {"var", "t3"}, 0.5}},
      {"as_completed", {{"coro", "c16", {{"spawn", "t17", {{"soon", {{"callback", "t3",
        "cb18"}}}}}, {"raise", "e19"}}}, {"gather", {{"var", "t3"}}, true}, {"var", "t3"}}, 1},
      {"spawn", "t20", {{"await", {"wait_for", {"wait_for", {"var", "t3"}, 0.5}, 0.5}}}},
      {"try", {"wait_for", {"gather", {{"wait", {"t3", "t20"}, 1, "FIRST_COMPLETED"}}, false}, 5}},
      {"spawn", "t21", {{"await", {"var", "t20"}}, {"later", 2, {{"log", "l22"}}}, {"as_completed",
        {{"sleep", 2, "s23"}, {"gather", {}, false}, {"shield", {"sleep", 1, "s24"}}}, false}}},
      {"as_completed", {{"wait_for", {"gather", {{"var", "t21"}, {"var", "t21"}}, true}, 1},
        {"var", "t3"}}, 1, true},
      {"return", "r25"},
    },
    log = [=[
root starts; root got s1; root got s2; t3 starts; t3 ends; root got nil; t4 starts; c12 starts;
c12 cancel t13 true; c12 cancel t3 false; c12 ends; timer cancel t3 false; c5 starts; c5 ends;
root got [nil nil nil]; root got nil; t4 got [nil]; t4 uncancel 0; t4 ends; c16 starts;
c16 raises e19; callback cb11; t17 starts; t17 ends; root item [nil]; root item nil;
root item raised e19; t20 starts; t20 got nil; t20 ends; callback cb18; root got [d:t3,t20 p:];
t21 starts; t21 got nil; root item nil; t21 item []; root items Timeout; root ends;
t21 raises Cancelled; f8 result settled; t13 cancelled 1; t17 result nil 0; t20 result nil 0;
t21 cancelled 2; t3 result nil 0; t4 result r9 0; root r25 1]=],
  },
  {
    program = {
      {"try_cancellable", {"gather", {}, false}},
      {"later", 1.5, {{"log", "l1"}, {"log", "l2"}}},
      {"let", "g3", {"gather", {{"shield", {"sleep", 0, "s4"}}}, true}},
      {"await", {"wait_for", {"gather", {{"wait", {"g3", "g3", "g3"}, 0, "FIRST_COMPLETED"}},
        false}, 2}},
      {"try", {"coro", "c6", {{"as_completed", {{"var", "g3"}, {"gather", {{"coro", "c7",
        {{"later", 0, {{"log", "l8"}}}, {"raise", "e9"}}}}, false}, {"shield", {"var", "g3"}}},
        false}}}},
      {"cancel", "g3"},
      {"as_completed", {{"gather", {{"wait_for", {"var", "g3"}, false}}, false}, {"gather",
        {{"var", "g3"}}, true}, {"shield", {"var", "g3"}}}, 2},
      {"await", {"sleep", 1, "s10"}},
      {"spawn", "t11", {{"finally", {{"cancel_self"}, {"fut", "f12"}, {"as_completed", {{"coro",
        "c13", {{"state", "f12"}, {"return", "r14"}}}, {"var", "f12"}}, false}, {"raise", "e15"}},
        {{"cancel", "g3"}}}, {"spawn", "t16", {{"await", {"sleep", 0, "s17"}}, {"return",
        "r18"}}}}},
      {"later", 2, {}},
      {"log", "l19"},
      {"let", "g20", {"gather", {{"wait_for", {"var", "g3"}, 2}}, false}},
      {"fut", "f21"},
    },
    log = [=[
root starts; root got []; root got [d: p:g3]; c6 starts; c7 starts; c7 raises e9; c6 item [s4];
timer l8; c6 item raised e9; c6 ends; root got nil; root cancel g3 false; root item [[s4]];
root item [s4]; root item [[s4]]; root got s10; root l19; root ends; t11 starts;
t11 self cancel true; c13 starts; c13 f12 pending; c13 ends; t11 finally; t11 cancel g3 false;
t11 raises Cancelled; f12 result settled; f21 result settled; g20 result [[s4]]; g3 result [s4];
t11 cancelled 1; root nil 1]=],
  },
  {
    program = {
      {"uncancel"},
      {"await", {"gather", {{"wait_for", {"gather", {}, true}, 2}}, true}},
      {"try", {"shield", {"wait_for", {"wait_for", {"coro", "c1", {{"uncancel"}}}, 5}, 1}}},
      {"await", {"sleep", 0, "s2"}},
      {"as_completed", {{"sleep", 2, "s3"}, {"wait_for", {"sleep", 0, "s4"}, 2}}, 0, true},
      {"await", {"sleep", 0, "s5"}},
      {"try_cancellable", {"gather", {{"wait_for", {"coro", "c6", {{"try", {"coro", "c7",
        {{"cancel_self"}, {"raise", "e8"}}}}, {"try", {"sleep", 0, "s9"}}, {"raise", "e10"}}}, 2}},
        true}},
      {"later", 0.5, {{"log", "l11"}}},
      {"log", "l12"},
      {"log", "l13"},
      {"log", "l14"},
      {"later", 1, {{"log", "l15"}, {"log", "l16"}}},
      {"log", "l17"},
      {"as_completed", {{"gather", {{"shield", {"sleep", 1, "s18"}}}, false}, {"wait_for",
        {"shield", {"sleep", 0, "s19"}}, 1}, {"wait_for", {"sleep", 0, "s20"}, -1}}, false},
      {"log", "l21"},
      {"log", "l22"},
    },
    log = [=[
root starts; root uncancel 0; root got [[]]; c1 starts; c1 uncancel 0; c1 ends; root got nil;
root got s2; root items Timeout; root got s5; c6 starts; c7 starts; c7 self cancel true;
c7 raises e8; c6 caught e8 0; c6 caught Cancelled 0; c6 raises e10; root got [e10]; root l12;
root l13; root l14; root l17; root item s19; root item raised Timeout; timer l11; timer l15;
timer l16; root item [s18]; root l21; root l22; root ends; root nil 1]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"state", "f1"},
      {"try_cancellable", {"wait_for", {"wait_for", {"var", "f1"}, 5}, 1}},
      {"as_completed", {{"var", "f1"}}, 1, true},
      {"spawn", "t2", {{"await", {"var", "f1"}}, {"return", "r3"}}},
      {"spawn", "t4", {{"finally", {{"cancel", "t2"}, {"callback", "f1", "cb5"}, {"await",
        {"wait_for", {"coro", "c6", {{"log", "l7"}, {"return", "r8"}}}, 1}}, {"raise", "e9"}},
        {{"state", "t2"}, {"raise", "e13"}}}, {"return", "r14"}}},
      {"try", {"var", "f1"}},
    },
    log = [=[
root starts; root f1 pending; root caught Timeout 1; root item Cancelled; root caught Cancelled 1;
root ends; t2 starts; t2 raises Cancelled; t4 starts; t4 cancel t2 false; c6 starts; c6 l7; c6 ends;
t4 got r8; t4 finally; t4 t2 cancelled 0; t4 raises e13; callback cb5; f1 cancelled; t2 cancelled 0;
t4 failed e13 0; root nil 1]=],
  },
  {
    program = {
      {"later", 0, {{"log", "l1"}, {"log", "l2"}}},
      {"try", {"gather", {{"sleep", 0.5, "s3"}, {"gather", {{"gather", {{"coro", "c4", {{"log",
        "l5"}, {"log", "l6"}}}}, false}}, false}, {"gather", {{"shield", {"sleep", 1.5, "s7"}},
        {"wait_for", {"coro", "c8", {{"as_completed", {{"coro", "c9", {{"as_completed", {{"sleep",
        1.5, "s10"}}, false}}}}, 0}, {"return", "r11"}}}, 1.5}, {"wait_for", {"sleep", 0, "s12"},
        5}}, false}}, false}},
      {"let", "g13", {"gather", {}, false}},
      {"later", 3, {{"cancel", "g13"}, {"log", "l14"}}},
      {"later", 0, {{"cancel", "g13"}}},
      {"try", {"shield", {"var", "g13"}}},
      {"fut", "f15"},
      {"cancel", "f15"},
      {"as_completed", {{"var", "f15"}}, 1},
      {"later", 0, {{"cancel", "f15"}}},
      {"cancel_self"},
      {"log", "l17"},
      {"try_cancellable", {"wait_for", {"var", "g13"}, -1}},
    },
    log = [=[
root starts; c4 starts; c4 l5; c4 l6; c4 ends; c8 starts; timer l1; timer l2; c9 starts;
c8 item raised Timeout; c8 ends; c9 item s10; c9 ends; root got [s3 [[nil]] [s7 r11 s12]];
root got []; root cancel f15 true; timer cancel g13 false; root raises Cancelled; f15 cancelled;
g13 result []; root Cancelled 1.5]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"sleep", 0, "s2"}}},
      {"await", {"wait", {"g1", "g1"}, false, "ALL_COMPLETED"}},
      {"spawn", "t3", {{"try", {"wait", {"g1", "g1"}, 1, "ALL_COMPLETED"}}, {"raise", "e4"}}, true},
      {"later", 0.5, {{"log", "l5"}}},
      {"as_completed", {{"gather", {{"sleep", 2, "s6"}, {"var", "t3"}}, false}, {"gather", {{"var",
        "g1"}, {"wait_for", {"coro", "c7", {{"try", {"var", "g1"}}, {"return", "r8"}}}, -1},
        {"gather", {{"var", "t3"}}, true}}, false}, {"wait_for", {"var", "t3"}, 0.5}}, false},
      {"log", "l9"},
      {"try", {"wait_for", {"var", "t3"}, -1}},
      {"finally", {{"soon", {{"log", "l10"}, {"callback", "t3", "cb11"}}}, {"callback", "g1",
        "cb12"}, {"try_cancellable", {"sleep", 3, "s13"}}, {"fut", "f14"}}, {{"cancel", "t3"},
        {"log", "l15"}, {"callback", "t3", "cb16"}, {"cancel", "t3"}, {"return", "r17"}}},
      {"state", "t3"},
      {"raise", "e18"},
    },
    log = [=[
root starts; root got d:g1 p:; t3 starts; t3 got d:g1 p:; t3 raises e4; root item raised e4;
root item raised e4; root item raised Timeout; root l9; root caught e4 0; soon l10; callback cb12;
callback cb11; timer l5; root got s13; root finally; root cancel t3 false; root l15;
root cancel t3 false; root t3 failed e4 0; root raises e18; callback cb16; f14 result settled;
g1 result s2; t3 failed e4 0; root e18 3]=],
  },
  {
    program = {
      {"try_cancellable", {"gather", {{"coro", "c1", {{"await", {"gather", {}, true}}, {"finally",
        {{"await", {"sleep", 1, "s2"}}, {"await", {"sleep", 1, "s3"}}}, {{"cancel_self"}}},
        {"await", {"sleep", 0, "s4"}}, {"return", "r5"}}}}, true}},
      {"spawn", "t6", {{"spawn", "t7", {{"try", {"shield", {"sleep", 0, "s8"}}}, {"return",
        "r9"}}}, {"as_completed", {{"gather", {}, false}, {"wait_for", {"coro", "c10", {}}, 5}},
        false}, {"soon", {{"cancel", "t7"}}}, {"return", "r12"}}},
      {"try_cancellable", {"var", "t6"}},
      {"let", "g13", {"shield", {"gather", {{"var", "t6"}}, false}}},
      {"fut", "f14"},
      {"state", "f14"},
      {"later", 0.5, {{"cancel", "t6"}, {"fail", "f14", "x15"}}},
      {"later", 1, {{"cancel", "f14"}}},
      {"log", "l16"},
      {"log", "l17"},
      {"ticker", 2, "k18"},
      {"state", "g13"},
      {"later", 0, {{"fail", "f14", "x19"}}},
      {"try_cancellable", {"var", "g13"}},
    },
    log = [=[
root starts; c1 starts; c1 got []; c1 got s2; c1 got s3; c1 finally; c1 self cancel true;
c1 raises Cancelled; root got [Cancelled]; t6 starts; t7 starts; c10 starts; c10 ends; t6 item [];
t6 item nil; t6 ends; soon cancel t7 true; root got r12; root f14 pending; root l16; root l17;
root g13 result [r12]; root got [r12]; root ends; t7 caught Cancelled 2; t7 ends; k18 tick 1;
k18 tick 2; f14 failed x19; g13 result [r12]; t6 result r12 0; t7 result r9 1; root nil 2]=],
  },
  {
    program = {
      {"await", {"sleep", 1, "s1"}},
      {"spawn", "t2", {{"log", "l3"}, {"log", "l4"}}},
      {"log", "l5"},
      {"spawn", "t6", {{"try", {"var", "t2"}}, {"cancel", "t2"}}},
      {"as_completed", {{"coro", "c7", {{"try_cancellable", {"gather", {{"var", "t2"}, {"var",
        "t2"}}, false}}, {"raise", "e8"}}}, {"shield", {"wait_for", {"sleep", 0, "s9"}, 0.5}},
        {"var", "t2"}}, false},
      {"ticker", 3, "k10"},
      {"try_cancellable", {"gather", {}, true}},
      {"later", 2, {}},
    },
    log = [=[
root starts; root got s1; root l5; t2 starts; t2 l3; t2 l4; t2 ends; t6 starts; t6 got nil;
t6 cancel t2 false; t6 ends; c7 starts; c7 got [nil nil]; c7 raises e8; root item nil;
root item raised e8; root item s9; root got []; root ends; k10 tick 1; k10 tick 2; t2 result nil 0;
t6 result nil 0; root nil 1; k10 tick 3]=],
  },
  {
    program = {
      {"as_completed", {{"coro", "c1", {{"spawn", "t4", {{"cancel_self"}, {"await", {"sleep", 0,
        "s5"}}}, true}}}}, 1},
      {"as_completed", {{"shield", {"coro", "c6", {{"uncancel"}, {"raise", "e9"}}}}, {"wait_for",
        {"gather", {{"sleep", 0, "s10"}}, false}, 0.5}, {"wait_for", {"shield", {"sleep", 0.5,
        "s11"}}, 2}}, 1, true},
      {"await", {"sleep", 1.5, "s12"}},
      {"try", {"wait_for", {"sleep", 0, "s13"}, 5}},
      {"log", "l14"},
      {"log", "l15"},
      {"log", "l16"},
      {"log", "l17"},
      {"finally", {{"finally", {{"await", {"sleep", 1, "s18"}}, {"later", 1, {{"log", "l19"}}},
        {"return", "r20"}}, {{"soon", {{"log", "l21"}, {"log", "l22"}}}, {"return", "r23"}}},
        {"try", {"wait_for", {"wait_for", {"sleep", 0, "s24"}, false}, -1}}, {"return", "r25"}},
        {{"await", {"gather", {{"sleep", 0.5, "s26"}, {"coro", "c27", {{"try", {"coro", "c28",
        {{"soon", {{"log", "l29"}, {"log", "l30"}}}}}}, {"return", "r31"}}}}, false}}, {"fut",
        "f32"}, {"await", {"gather", {{"var", "f32"}, {"var", "f32"}}, false}}, {"return", "r33"}}},
      {"cancel_self"},
      {"await", {"wait_for", {"wait_for", {"shield", {"coro", "c34", {{"try", {"sleep", 1.5,
        "s35"}}, {"return", "r36"}}}}, -1}, 2}},
    },
    log = [=[
root starts; c1 starts; t4 starts; t4 self cancel true; c1 ends; t4 raises Cancelled; root item nil;
c6 starts; c6 uncancel 0; c6 raises e9; root item e9; root item [s10]; root item s11; root got s12;
root got s13; root l14; root l15; root l16; root l17; root got s18; root finally; soon l21;
soon l22; root caught Timeout 3; root finally; c27 starts; c28 starts; c28 ends; c27 got nil;
c27 ends; soon l29; soon l30; root got [s26 r31]; timer l19; root got [settled settled];
root self cancel true; c34 starts; root raises Cancelled; f32 result settled; t4 cancelled 1;
root Cancelled 50]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"await", {"sleep", 0, "s2"}},
      {"spawn", "t3", {{"await", {"sleep", 3, "s4"}}, {"return", "r5"}}},
      {"await", {"sleep", 1, "s6"}},
      {"later", 0, {{"cancel", "t3"}, {"cancel", "f1"}}},
      {"await", {"sleep", 0, "s9"}},
      {"uncancel"},
      {"log", "l10"},
      {"try_cancellable", {"wait_for", {"gather", {{"wait_for", {"coro", "c11", {{"log", "l12"}}},
        2}, {"var", "f1"}, {"gather", {{"coro", "c13", {{"return", "r15"}}}, {"var", "t3"}},
        false}}, true}, false}},
    },
    log = [=[
root starts; root got s2; t3 starts; root got s6; root got s9; root uncancel 0; root l10;
timer cancel t3 true; timer cancel f1 true; c13 starts; c13 ends; c11 starts; c11 l12; c11 ends;
t3 raises Cancelled; root got [nil Cancelled Cancelled]; root ends; f1 cancelled; t3 cancelled 1;
root nil 1]=],
  },
  {
    program = {
      {"log", "l1"},
      {"let", "g2", {"gather", {{"sleep", 0, "s3"}}, false}},
      {"await", {"sleep", 1, "s4"}},
      {"ticker", 2, "k5"},
      {"await", {"gather", {{"var", "g2"}, {"shield", {"var", "g2"}}, {"sleep", 2, "s6"}}, false}},
      {"finally", {{"state", "g2"}, {"return", "r7"}}, {{"spawn", "t8", {{"fut", "f9"}, {"try",
        {"var", "f9"}}, {"return", "r10"}}}, {"fut", "f11"}}},
      {"cancel", "g2"},
      {"await", {"sleep", 1, "s12"}},
      {"try", {"var", "g2"}},
      {"let", "g13", {"gather", {{"shield", {"var", "g2"}}, {"var", "g2"}}, false}},
      {"later", 3, {{"callback", "g13", "cb14"}, {"cancel", "g2"}}},
      {"try", {"shield", {"wait", {"g13"}, 1, "FIRST_COMPLETED"}}},
      {"later", 0, {}},
      {"fut", "f15"},
      {"raise", "e16"},
    },
    log = [=[
root starts; root l1; root got s4; k5 tick 1; k5 tick 2; root got [[s3] [s3] s6];
root g2 result [s3]; root finally; root cancel g2 false; t8 starts; root got s12; root got [s3];
root got d:g13 p:; root raises e16; t8 got settled; t8 ends; f11 result settled; f15 result settled;
f9 result settled; g13 result [[s3] [s3]]; g2 result [s3]; t8 result r10 0; root e16 4]=],
  },
  {
    program = {
      {"try", {"coro", "c1", {{"await", {"sleep", 0, "s2"}}, {"spawn", "t3", {{"try_cancellable",
        {"gather", {{"sleep", 1.5, "s4"}, {"sleep", 0, "s5"}, {"sleep", 0, "s6"}}, true}},
        {"later", 0, {{"log", "l7"}}}}}, {"return", "r8"}}}},
      {"log", "l9"},
      {"log", "l10"},
      {"let", "g11", {"gather", {{"wait_for", {"coro", "c12", {{"cancel_self"}, {"raise", "e13"}}},
        2}, {"coro", "c14", {{"log", "l15"}, {"raise", "e16"}}}}, true}},
      {"spawn", "t17", {{"ticker", 2, "k18"}}},
      {"try_cancellable", {"wait", {"t17"}, 2, "FIRST_EXCEPTION"}},
      {"soon", {{"cancel", "t17"}, {"cancel", "g11"}}},
      {"cancel", "t17"},
      {"soon", {}},
      {"return", "r19"},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 ends; root got r8; root l9; root l10; t3 starts; c12 starts;
c12 self cancel true; c12 raises e13; c14 starts; c14 l15; c14 raises e16; t17 starts; t17 ends;
k18 tick 1; k18 tick 2; root got d:t17 p:; root cancel t17 false; root ends; soon cancel t17 false;
soon cancel g11 false; t3 got [s4 s5 s6]; t3 ends; timer l7; g11 result [e13 e16]; t17 result nil 0;
t3 result nil 0; root r19 1.5]=],
  },
  {
    program = {
      {"await", {"wait_for", {"gather", {{"sleep", 1.5, "s1"}}, false}, 2}},
      {"log", "l2"},
      {"log", "l3"},
      {"try", {"gather", {{"shield", {"shield", {"coro", "c4", {}}}}, {"sleep", 0, "s7"},
        {"wait_for", {"shield", {"sleep", 3, "s8"}}, -1}}, false}},
      {"await", {"wait_for", {"gather", {{"shield", {"sleep", 0, "s9"}}, {"sleep", 3, "s10"}},
        true}, 5}},
      {"try", {"gather", {}, true}},
      {"spawn", "t11", {{"fut", "f12"}, {"try", {"var", "f12"}}, {"fut", "f13"}, {"cancel", "f13"},
        {"raise", "e14"}}},
      {"await", {"sleep", 3, "s15"}},
      {"as_completed", {{"gather", {}, false}}, 0},
    },
    log = [=[
root starts; root got [s1]; root l2; root l3; c4 starts; c4 ends; root caught Timeout 1.5;
root got [s9 s10]; root got []; t11 starts; root got s15; root item []; root ends; t11 got settled;
t11 cancel f13 true; t11 raises e14; f12 result settled; f13 cancelled; t11 failed e14 0;
root nil 7.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try", {"shield", {"sleep", 0, "s2"}}}, {"as_completed", {{"gather",
        {{"sleep", 3, "s3"}}, false}, {"shield", {"coro", "c4", {{"fut", "f5"}, {"raise", "e6"}}}},
        {"wait_for", {"coro", "c7", {{"cancel_self"}}}, -1}}, false}, {"try_cancellable",
        {"gather", {}, false}}, {"await", {"sleep", 1, "s8"}}, {"raise", "e9"}}},
      {"try", {"shield", {"shield", {"sleep", 2, "s10"}}}},
      {"state", "t1"},
      {"state", "t1"},
      {"ticker", 3, "k11"},
      {"try", {"var", "t1"}},
      {"soon", {}},
      {"spawn", "t12", {{"let", "g13", {"gather", {{"var", "t1"}}, true}}, {"state", "t1"},
        {"cancel", "g13"}, {"spawn", "t14", {{"await", {"sleep", 1, "s15"}}, {"log", "l16"},
        {"try_cancellable", {"wait_for", {"var", "g13"}, 1}}, {"return", "r17"}}}, {"raise",
        "e18"}}},
      {"return", "r19"},
    },
    log = [=[
root starts; t1 starts; t1 got s2; c4 starts; c4 raises e6; t1 item raised e6;
t1 item raised Timeout; root got s10; root t1 pending 0; root t1 pending 0; k11 tick 1; k11 tick 2;
k11 tick 3; t1 item [s3]; t1 got []; t1 got s8; t1 raises e9; root caught e9 4; root ends;
t12 starts; t12 t1 failed e9 0; t12 cancel g13 false; t12 raises e18; t14 starts; t14 got s15;
t14 l16; t14 got [e9]; t14 ends; f5 result settled; g13 result [e9]; t1 failed e9 0;
t12 failed e18 0; t14 result r17 0; root r19 5]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"gather", {{"sleep", 2, "s2"}, {"coro", "c3", {{"log", "l4"}}},
        {"coro", "c5", {{"cancel_self"}, {"raise", "e6"}}}}, false}}},
      {"spawn", "t8", {{"spawn", "t9", {{"await", {"gather", {{"sleep", 0, "s10"}}, false}}}},
        {"try", {"shield", {"shield", {"var", "g1"}}}}, {"await", {"sleep", 0, "s11"}}, {"finally",
        {{"try_cancellable", {"wait_for", {"var", "t9"}, 2}}}, {{"later", 1.5, {{"callback", "t9",
        "cb12"}}}}}}},
      {"later", 0, {}},
      {"await", {"shield", {"gather", {}, true}}},
    },
    log = [=[
root starts; root got []; root ends; c3 starts; c3 l4; c3 ends; c5 starts; c5 self cancel true;
c5 raises e6; t8 starts; t9 starts; t8 caught e6 0; t9 got [s10]; t9 ends; t8 got s11; t8 got nil;
t8 finally; t8 ends; g1 failed e6; t8 result nil 0; t9 result nil 0; root nil 0]=],
  },
  {
    program = {
      {"uncancel"},
      {"let", "g1", {"shield", {"sleep", 0, "s2"}}},
      {"cancel", "g1"},
      {"finally", {{"let", "g3", {"shield", {"coro", "c4", {{"log", "l5"}}}}}, {"return", "r6"}},
        {{"spawn", "t7", {{"later", 3, {{"cancel", "g1"}}}, {"state", "g1"}}}, {"state", "t7"},
        {"return", "r8"}}},
      {"try", {"shield", {"gather", {{"coro", "c9", {{"callback", "g1", "cb10"}, {"log", "l11"},
        {"return", "r12"}}}, {"var", "g1"}, {"var", "g1"}}, true}}},
      {"later", 1, {}},
      {"spawn", "t13", {{"ticker", 3, "k14"}, {"state", "g1"}, {"try_cancellable", {"wait_for",
        {"wait_for", {"var", "g1"}, 2}, 2}}, {"try", {"wait_for", {"shield", {"var", "g1"}}, 1}},
        {"raise", "e15"}}},
      {"try", {"wait_for", {"shield", {"gather", {{"var", "g1"}, {"var", "t13"}}, false}}, 0}},
      {"cancel_self"},
    },
    log = [=[
root starts; root uncancel 0; root cancel g1 true; root finally; root t7 pending 0; c4 starts;
c4 l5; c4 ends; t7 starts; t7 g1 cancelled; t7 ends; c9 starts; c9 l11; c9 ends; callback cb10;
root got [r12 Cancelled Cancelled]; root caught Cancelled 0; root self cancel true; root ends;
t13 starts; t13 g1 cancelled; t13 raises Cancelled; k14 tick 1; g1 cancelled; g3 result nil;
t13 cancelled 0; t7 result nil 0; root Cancelled 0; k14 tick 2]=],
  },
  {
    program = {
      {"spawn", "t1", {{"log", "l2"}}},
      {"log", "l3"},
      {"fut", "f4"},
      {"ticker", 1, "k5"},
      {"fut", "f6"},
      {"let", "g7", {"gather", {{"wait", {"t1", "f4", "f6"}, false, "ALL_COMPLETED"}, {"sleep", 0,
        "s8"}, {"coro", "c9", {{"soon", {{"cancel", "t1"}}}, {"later", 1, {{"cancel", "f6"}}}}}},
        false}},
      {"spawn", "t11", {{"try_cancellable", {"sleep", 1, "s12"}}, {"try", {"shield", {"shield",
        {"var", "g7"}}}}, {"try", {"var", "f4"}}}, true},
      {"try", {"var", "g7"}},
    },
    log = [=[
root starts; root l3; t11 starts; t1 starts; t1 l2; t1 ends; k5 tick 1; c9 starts; c9 ends;
soon cancel t1 false; timer cancel f6 true; t11 got s12; root got [d:t1,f4,f6 p: s8 nil]; root ends;
t11 got [d:t1,f4,f6 p: s8 nil]; t11 got settled; t11 ends; f4 result settled; f6 cancelled;
g7 result [d:t1,f4,f6 p: s8 nil]; t1 result nil 0; t11 result nil 0; root nil 50]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"later", 0, {{"set", "f1", "x2"}}},
      {"set", "f1", "x3"},
      {"set", "f1", "x4"},
      {"as_completed", {{"gather", {}, true}, {"var", "f1"}, {"gather", {{"wait_for", {"var",
        "f1"}, 1}, {"var", "f1"}, {"var", "f1"}}, false}}, false, true},
      {"log", "l5"},
      {"fut", "f6"},
      {"finally", {{"finally", {{"spawn", "t7", {{"fail", "f6", "x8"}, {"cancel", "f6"}, {"try",
        {"var", "f1"}}, {"raise", "e9"}}}, {"as_completed", {{"var", "f6"}, {"var", "t7"}}, false,
        true}, {"raise", "e11"}}, {{"soon", {{"cancel", "f1"}}}}}, {"as_completed", {{"coro",
        "c13", {{"state", "f1"}, {"return", "r14"}}}}, 1, true}, {"try", {"var", "f1"}}, {"await",
        {"wait_for", {"gather", {{"coro", "c15", {{"cancel", "f1"}}}, {"sleep", 1.5, "s17"}},
        false}, 2}}, {"return", "r18"}}, {{"cancel_self"}}},
      {"try_cancellable", {"wait_for", {"wait_for", {"gather", {{"var", "f6"}, {"var", "f1"},
        {"var", "f1"}}, false}, 1}, 2}},
      {"soon", {{"fail", "f6", "x19"}}},
      {"raise", "e20"},
    },
    log = [=[
root starts; root item []; root item x3; root item [x3 x3 x3]; root l5; t7 starts;
t7 cancel f6 false; t7 got x3; t7 raises e9; root item x8; root item e9; root finally; root finally;
root self cancel true; root raises e11; soon cancel f1 false; f1 result x3; f6 failed x8;
t7 failed e9 0; root e11 0]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"let", "g2", {"gather", {{"wait", {"f1", "f1"}, false, "FIRST_EXCEPTION"}}, true}},
      {"fut", "f3"},
      {"await", {"coro", "c4", {{"ticker", 2, "k5"}, {"try", {"gather", {{"gather", {{"var", "f1"},
        {"sleep", 1, "s6"}, {"coro", "c7", {{"try", {"var", "f3"}}}}}, false}, {"wait_for",
        {"sleep", 2, "s8"}, false}, {"var", "f1"}}, false}}, {"return", "r9"}}}},
      {"as_completed", {{"gather", {{"wait", {"g2", "g2", "g2"}, 1, "FIRST_COMPLETED"}, {"wait",
        {"f3", "g2"}, 0, "FIRST_COMPLETED"}}, true}}, 1},
      {"try_cancellable", {"var", "f1"}},
      {"fut", "f11"},
      {"finally", {{"finally", {{"spawn", "t13", {{"try", {"sleep", 1, "s14"}}, {"await", {"sleep",
        3, "s15"}}, {"raise", "e16"}}}, {"await", {"sleep", 0, "s17"}}, {"raise", "e18"}},
        {{"spawn", "t19", {{"await", {"var", "f3"}}, {"return", "r20"}}}}}}, {{"await", {"sleep",
        1, "s24"}}, {"cancel_self"}}},
      {"raise", "e25"},
    },
    log = [=[
root starts; c4 starts; k5 tick 1; c7 starts; k5 tick 2; c7 got settled; c7 ends;
c4 got [[settled s6 nil] s8 settled]; c4 ends; root got r9; root item [d:g2 p: d:f3,g2 p:];
root got settled; t13 starts; root got s17; root finally; root finally; t19 starts; t19 got settled;
t19 ends; t13 got s14; root got s24; root self cancel true; root raises e18; t13 got s15;
t13 raises e16; f1 result settled; f11 result settled; f3 result settled; g2 result [d:f1 p:];
t13 failed e16 0; t19 result r20 0; root e18 54]=],
  },
  {
    program = {
      {"await", {"sleep", 2, "s1"}},
      {"let", "g2", {"gather", {{"gather", {{"coro", "c3", {{"cancel_self"}}}}, true}, {"coro",
        "c4", {{"try_cancellable", {"coro", "c5", {{"later", 2, {{"log", "l6"}}}, {"raise",
        "e7"}}}}}}}, false}},
      {"try_cancellable", {"gather", {{"shield", {"var", "g2"}}, {"wait", {"g2", "g2", "g2"},
        false, "FIRST_COMPLETED"}}, true}},
      {"try_cancellable", {"wait_for", {"wait", {"g2"}, false, "FIRST_EXCEPTION"}, 1.5}},
      {"try", {"shield", {"var", "g2"}}},
      {"ticker", 3, "k12"},
      {"as_completed", {{"wait", {"g2", "g2"}, 2, "FIRST_EXCEPTION"}, {"gather", {}, false},
        {"var", "g2"}}, false, true},
      {"later", 1, {}},
      {"await", {"sleep", 2, "s13"}},
      {"later", 0.5, {{"callback", "g2", "cb14"}}},
      {"log", "l15"},
      {"try", {"coro", "c16", {{"spawn", "t17", {{"try_cancellable", {"coro", "c18", {{"fut",
        "f19"}, {"raise", "e20"}}}}, {"fut", "f21"}, {"finally", {{"set", "f21", "x22"}, {"cancel",
        "g2"}}, {{"cancel", "f21"}, {"cancel", "f21"}}}, {"raise", "e24"}}, true}, {"raise",
        "e25"}}}},
    },
    log = [=[
root starts; root got s1; c3 starts; c3 self cancel true; c3 ends; c4 starts; c5 starts;
c5 raises e7; c4 caught e7 2; c4 ends; root got [[[Cancelled] nil] d:g2 p:]; root got d:g2 p:;
root got [[Cancelled] nil]; k12 tick 1; k12 tick 2; root item []; root item [[Cancelled] nil];
k12 tick 3; root item d:g2 p:; timer l6; root got s13; root l15; c16 starts; t17 starts; c18 starts;
c18 raises e20; t17 caught e20 4; t17 cancel g2 false; t17 finally; t17 cancel f21 false;
t17 cancel f21 false; t17 raises e24; c16 raises e25; root caught e25 4; root ends;
f19 result settled; f21 result x22; g2 result [[Cancelled] nil]; t17 failed e24 0; root nil 4]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"await", {"sleep", 3, "s2"}},
      {"await", {"sleep", 0, "s3"}},
      {"spawn", "t4", {{"let", "g5", {"gather", {{"coro", "c6", {{"soon", {{"cancel", "f1"}}},
        {"return", "r7"}}}}, false}}, {"try", {"sleep", 3, "s8"}}}},
      {"later", 3, {{"log", "l10"}}},
      {"await", {"sleep", 1, "s11"}},
      {"try", {"shield", {"var", "f1"}}},
      {"try_cancellable", {"gather", {}, true}},
      {"let", "g12", {"gather", {{"wait_for", {"coro", "c13", {{"try", {"var", "t4"}}}}, 1},
        {"wait_for", {"var", "t4"}, 2}, {"var", "f1"}}, true}},
      {"await", {"shield", {"var", "g12"}}},
      {"finally", {{"cancel", "g12"}, {"cancel", "t4"}, {"await", {"shield", {"sleep", 0, "s14"}}},
        {"later", 0, {{"cancel", "f1"}}}}, {{"soon", {{"set", "f1", "x15"}, {"cancel", "t4"}}},
        {"as_completed", {{"var", "t4"}}, false}, {"raise", "e16"}}},
      {"return", "r18"},
    },
    log = [=[
root starts; root got s2; root got s3; t4 starts; c6 starts; c6 ends; soon cancel f1 true;
root got s11; root caught Cancelled 4; root got []; c13 starts; t4 caught Cancelled 5; t4 ends;
c13 got nil; c13 ends; root got [nil nil Cancelled]; root cancel g12 false; root cancel t4 false;
root got s14; root finally; soon cancel t4 false; timer cancel f1 false; root item nil;
root raises e16; f1 cancelled; g12 result [nil nil Cancelled]; g5 result [r7]; t4 result nil 1;
root e16 5]=],
  },
  {
    program = {
      {"try_cancellable", {"coro", "c1", {{"try_cancellable", {"sleep", 2, "s2"}}, {"ticker", 1,
        "k3"}, {"log", "l4"}}}},
      {"await", {"gather", {{"shield", {"shield", {"coro", "c5", {{"fut", "f6"}}}}}, {"coro", "c7",
        {{"finally", {{"cancel_self"}, {"soon", {{"log", "l8"}, {"log", "l9"}}}, {"return",
        "r10"}}, {{"return", "r16"}}}, {"try", {"shield", {"coro", "c17", {{"try", {"sleep", 0,
        "s18"}}, {"raise", "e19"}}}}}, {"raise", "e20"}}}}, true}},
      {"spawn", "t21", {{"log", "l22"}, {"return", "r23"}}, true},
      {"try_cancellable", {"gather", {{"gather", {{"wait_for", {"sleep", 0, "s24"}, 1},
        {"wait_for", {"sleep", 0, "s25"}, false}, {"gather", {{"sleep", 0, "s26"}, {"var", "t21"}},
        false}}, false}, {"wait", {"t21", "t21", "t21"}, false, "FIRST_EXCEPTION"}}, false}},
      {"spawn", "t27", {{"spawn", "t28", {{"await", {"sleep", 1.5, "s29"}}, {"as_completed",
        {{"var", "t21"}, {"sleep", 2, "s30"}}, 2}, {"return", "r31"}}}, {"await", {"sleep", 0,
        "s32"}}, {"try_cancellable", {"shield", {"coro", "c33", {{"cancel", "t28"}, {"await",
        {"var", "t28"}}, {"return", "r34"}}}}}}},
      {"try_cancellable", {"gather", {}, true}},
      {"try_cancellable", {"var", "t21"}},
      {"try_cancellable", {"wait_for", {"wait_for", {"shield", {"var", "t21"}}, 2}, 0}},
      {"raise", "e35"},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 l4; c1 ends; root got nil; k3 tick 1; c5 starts; c5 ends;
c7 starts; c7 self cancel true; c7 finally; soon l8; soon l9; c17 starts; c7 caught Cancelled 2;
c7 raises e20; c17 got s18; c17 raises e19; root got [nil e20]; t21 starts; t21 l22; t21 ends;
root got [[s24 s25 [s26 r23]] d:t21 p:]; root got []; root got r23; t27 starts; t28 starts;
t27 got s32; c33 starts; c33 cancel t28 true; root caught Timeout 2; root raises e35;
t28 raises Cancelled; c33 raises Cancelled; t27 raises Cancelled; f6 result settled;
t21 result r23 0; t27 cancelled 0; t28 cancelled 1; root e35 2]=],
  },
  {
    program = {
      {"try", {"gather", {{"sleep", 1.5, "s1"}, {"sleep", 0.5, "s2"}, {"wait_for", {"sleep", 0,
        "s3"}, 1.5}}, false}},
      {"try", {"shield", {"gather", {{"gather", {{"coro", "c4", {{"fut", "f5"}, {"raise", "e6"}}},
        {"sleep", 3, "s7"}}, true}, {"coro", "c8", {{"await", {"sleep", 0, "s9"}}, {"try",
        {"sleep", 0, "s10"}}, {"return", "r11"}}}, {"wait_for", {"sleep", 0.5, "s12"}, 1.5}},
        true}}},
      {"let", "g13", {"gather", {}, true}},
      {"state", "g13"},
      {"await", {"sleep", 0, "s14"}},
      {"await", {"wait_for", {"shield", {"gather", {{"coro", "c15", {{"as_completed", {{"sleep", 0,
        "s16"}, {"var", "g13"}}, 2}, {"return", "r17"}}}}, true}}, 2}},
      {"soon", {{"cancel", "g13"}}},
      {"await", {"sleep", 1, "s18"}},
      {"cancel", "g13"},
      {"spawn", "t19", {{"log", "l20"}, {"cancel", "g13"}, {"let", "g21", {"gather", {{"var",
        "g13"}}, true}}, {"finally", {{"fut", "f22"}, {"try", {"sleep", 0, "s23"}}}, {{"soon",
        {{"cancel", "g21"}, {"cancel", "g13"}}}, {"raise", "e24"}}}}},
      {"finally", {{"fut", "f25"}, {"later", 0, {{"set", "f25", "x26"}, {"set", "f25", "x27"}}},
        {"return", "r28"}}, {{"as_completed", {{"var", "t19"}, {"coro", "c29", {{"log", "l30"}}},
        {"var", "g13"}}, 2}, {"raise", "e31"}}},
      {"try", {"wait", {"t19", "g13"}, 0, "FIRST_COMPLETED"}},
      {"try", {"wait_for", {"var", "t19"}, 0}},
      {"return", "r36"},
    },
    log = [=[
root starts; root got [s1 s2 s3]; c4 starts; c4 raises e6; c8 starts; c8 got s9; c8 got s10;
c8 ends; root got [[e6 s7] r11 s12]; root g13 result []; root got s14; c15 starts; c15 item [];
c15 item s16; c15 ends; root got [r17]; soon cancel g13 false; root got s18; root cancel g13 false;
root finally; t19 starts; t19 l20; t19 cancel g13 false; c29 starts; c29 l30; c29 ends; t19 got s23;
t19 finally; t19 raises e24; root item []; root item nil; soon cancel g21 false;
soon cancel g13 false; root item raised e24; root raises e31; f22 result settled; f25 result x26;
f5 result settled; g13 result []; g21 result [[]]; t19 failed e24 0; root e31 5.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"log", "l2"}, {"log", "l3"}, {"await", {"wait_for", {"shield", {"sleep", 0,
        "s4"}}, 5}}, {"log", "l5"}, {"log", "l6"}, {"soon", {{"log", "l7"}, {"log", "l8"}}},
        {"return", "r9"}}},
      {"soon", {{"cancel", "t1"}, {"cancel", "t1"}}},
      {"let", "g10", {"gather", {}, false}},
      {"try", {"gather", {{"shield", {"var", "g10"}}, {"coro", "c11", {{"finally",
        {{"try_cancellable", {"var", "g10"}}, {"return", "r12"}}, {{"later", 1.5, {{"log", "l13"},
        {"log", "l14"}}}}}, {"try", {"shield", {"var", "t1"}}}, {"return", "r15"}}}, {"wait",
        {"t1"}, false, "ALL_COMPLETED"}}, false}},
      {"later", 0, {{"log", "l17"}}},
      {"log", "l18"},
      {"spawn", "t19", {{"await", {"wait_for", {"gather", {{"var", "t1"}}, true}, -1}}, {"return",
        "r20"}}, true},
    },
    log = [=[
root starts; t1 starts; t1 l2; t1 l3; soon cancel t1 true; soon cancel t1 true; c11 starts;
c11 got []; c11 finally; t1 raises Cancelled; c11 caught Cancelled 0; c11 ends;
root got [[] r15 d:t1 p:]; root l18; t19 starts; t19 got [Cancelled]; t19 ends; root ends;
timer l17; g10 result []; t1 cancelled 2; t19 result r20 0; root nil 0]=],
  },
  {
    program = {
      {"spawn", "t1", {{"log", "l2"}, {"log", "l3"}, {"return", "r4"}}, true},
      {"try", {"wait_for", {"wait_for", {"sleep", 3, "s5"}, 2}, 1.5}},
      {"spawn", "t6", {{"ticker", 3, "k7"}}},
      {"fut", "f8"},
      {"as_completed", {{"shield", {"var", "t6"}}}, false},
      {"await", {"sleep", 1, "s9"}},
      {"as_completed", {{"coro", "c10", {{"try_cancellable", {"gather", {{"var", "f8"}}, false}},
        {"try", {"wait", {"t1"}, 0, "FIRST_EXCEPTION"}}}}, {"coro", "c11", {{"spawn", "t12", {}},
        {"try", {"shield", {"var", "f8"}}}, {"cancel_self"}, {"return", "r20"}}}}, false},
      {"as_completed", {{"var", "f8"}}, false},
      {"try", {"gather", {{"gather", {{"gather", {{"coro", "c21", {{"cancel", "f8"}, {"cancel",
        "t1"}, {"raise", "e23"}}}, {"var", "f8"}, {"var", "t6"}}, true}, {"shield", {"var",
        "t1"}}}, true}, {"gather", {}, false}}, false}},
      {"spawn", "t24", {{"try", {"wait_for", {"var", "t6"}, 2}}, {"await", {"gather", {}, false}}}},
      {"log", "l26"},
      {"spawn", "t27", {{"try", {"var", "t1"}}}},
    },
    log = [=[
root starts; t1 starts; t1 l2; t1 l3; t1 ends; root caught Timeout 1.5; t6 starts; t6 ends;
k7 tick 1; k7 tick 2; k7 tick 3; root item nil; root got s9; c10 starts; c11 starts; t12 starts;
t12 ends; c10 got [settled]; c11 got settled; c11 self cancel true; c11 ends; c10 got d:t1 p:;
c10 ends; root raises Cancelled; f8 result settled; t1 result r4 0; t12 result nil 0;
t6 result nil 0; root Cancelled 50]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}, {"log", "l2"}}},
      {"spawn", "t3", {{"await", {"sleep", 2, "s4"}}, {"await", {"sleep", 0, "s5"}}, {"log", "l6"},
        {"ticker", 3, "k7"}}},
      {"cancel", "t3"},
      {"finally", {{"later", 0, {}}, {"finally", {{"state", "t3"}}, {{"cancel", "t3"}, {"cancel",
        "t3"}}}, {"spawn", "t8", {{"log", "l9"}, {"try", {"var", "t3"}}, {"return", "r10"}},
        true}}, {{"spawn", "t11", {{"as_completed", {{"var", "t3"}}, 1, true}}}, {"log", "l15"}}},
      {"await", {"sleep", 2, "s16"}},
      {"soon", {{"callback", "t3", "cb17"}}},
      {"await", {"wait_for", {"wait_for", {"wait_for", {"var", "t3"}, 2}, 0}, 0}},
    },
    log = [=[
root starts; root cancel t3 true; root t3 pending 1; root finally; root cancel t3 true;
root cancel t3 true; t8 starts; t8 l9; root finally; root l15; soon l1; soon l2; t11 starts;
t8 caught Cancelled 0; t8 ends; t11 item Cancelled; t11 ends; root got s16; callback cb17;
root raises Timeout; t11 result nil 0; t3 cancelled 3; t8 result r10 0; root Timeout 2]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"let", "g3", {"gather", {{"wait_for", {"coro", "c4", {{"return", "r11"}}}, 5}}, true}},
      {"fut", "f12"},
      {"as_completed", {{"coro", "c13", {{"fail", "f12", "x14"}, {"cancel", "g3"}, {"uncancel"}}}},
        2, true},
      {"spawn", "t15", {{"log", "l16"}, {"ticker", 1, "k17"}, {"try", {"wait", {"f12", "f12",
        "g3"}, 2, "FIRST_COMPLETED"}}, {"raise", "e18"}}},
      {"log", "l19"},
      {"soon", {{"cancel", "f12"}}},
      {"await", {"coro", "c20", {{"try", {"var", "t15"}}, {"callback", "f12", "cb22"}, {"cancel",
        "f12"}}}},
      {"return", "r24"},
    },
    log = [=[
root starts; root l1; root l2; c4 starts; c4 ends; c13 starts; c13 cancel g3 false; c13 uncancel 0;
c13 ends; root item nil; root l19; c20 starts; t15 starts; t15 l16; soon cancel f12 false;
k17 tick 1; t15 got d:f12,g3 p:; t15 raises e18; c20 caught e18 0; c20 cancel f12 false; c20 ends;
root got nil; root ends; callback cb22; f12 failed x14; g3 result [r11]; t15 failed e18 0;
root r24 0]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}, {"log", "l2"}}},
      {"spawn", "t3", {{"try_cancellable", {"gather", {{"sleep", 2, "s4"}, {"sleep", 0.5, "s5"},
        {"wait_for", {"coro", "c6", {{"fut", "f7"}}}, 1.5}}, false}}, {"log", "l8"}}},
      {"state", "t3"},
      {"try", {"shield", {"wait", {"t3", "t3", "t3"}, 2, "FIRST_EXCEPTION"}}},
      {"as_completed", {{"gather", {{"shield", {"var", "t3"}}, {"shield", {"var", "t3"}}}, true}},
        2},
      {"later", 0, {{"cancel", "t3"}}},
      {"ticker", 4, "k9"},
      {"spawn", "t10", {{"await", {"sleep", 0.5, "s11"}}, {"await", {"sleep", 1, "s12"}},
        {"try_cancellable", {"var", "t3"}}, {"raise", "e13"}}},
      {"try", {"wait", {"t10", "t10", "t3"}, 0, "ALL_COMPLETED"}},
      {"try_cancellable", {"shield", {"shield", {"gather", {{"var", "t10"}, {"var", "t10"}},
        true}}}},
      {"try", {"wait_for", {"var", "t3"}, false}},
      {"return", "r14"},
    },
    log = [=[
root starts; root t3 pending 0; soon l1; soon l2; t3 starts; c6 starts; c6 ends; root got d: p:t3;
t3 got [s4 s5 nil]; t3 l8; t3 ends; root item [nil nil]; k9 tick 1; t10 starts;
timer cancel t3 false; k9 tick 2; root got d:t3 p:t10; k9 tick 3; k9 tick 4; t10 got s11;
t10 got s12; t10 got nil; t10 raises e13; root got [e13 e13]; root got nil; root ends;
f7 result settled; t10 failed e13 0; t3 result nil 0; root r14 3.5]=],
  },
  {
    program = {
      {"try", {"gather", {{"gather", {{"sleep", 0, "s1"}}, true}}, true}},
      {"uncancel"},
      {"let", "g2", {"gather", {{"sleep", 1, "s3"}, {"shield", {"coro", "c4", {{"log", "l5"},
        {"log", "l6"}, {"return", "r7"}}}}}, false}},
      {"try", {"var", "g2"}},
      {"try_cancellable", {"wait", {"g2"}, 0, "ALL_COMPLETED"}},
      {"spawn", "t8", {{"fut", "f9"}, {"fut", "f10"}, {"await", {"sleep", 3, "s11"}}}},
      {"try", {"wait_for", {"wait", {"t8", "g2"}, 1, "FIRST_EXCEPTION"}, 0.5}},
      {"as_completed", {{"wait_for", {"var", "g2"}, 2}, {"gather", {{"wait_for", {"var", "g2"},
        1.5}, {"var", "t8"}, {"var", "t8"}}, true}}, false},
      {"fut", "f12"},
      {"return", "r13"},
    },
    log = [=[
root starts; root got [[s1]]; root uncancel 0; c4 starts; c4 l5; c4 l6; c4 ends; root got [s3 r7];
root got d:g2 p:; t8 starts; root caught Timeout 1.5; root item [s3 r7]; t8 got s11; t8 ends;
root item [[s3 r7] nil nil]; root ends; f10 result settled; f12 result settled; f9 result settled;
g2 result [s3 r7]; t8 result nil 0; root r13 4]=],
  },
  {
    program = {
      {"log", "l1"},
      {"try", {"gather", {{"shield", {"sleep", 0, "s2"}}, {"wait_for", {"gather", {{"coro", "c3",
        {{"ticker", 1, "k4"}, {"return", "r5"}}}}, true}, 0}, {"shield", {"sleep", 1, "s6"}}},
        false}},
      {"finally", {{"try", {"shield", {"wait_for", {"coro", "c7", {}}, 0}}}}, {{"try_cancellable",
        {"gather", {{"coro", "c10", {{"try_cancellable", {"sleep", 0, "s11"}}, {"return",
        "r12"}}}}, false}}, {"try_cancellable", {"wait_for", {"coro", "c13", {{"return", "r18"}}},
        1}}, {"soon", {{"log", "l19"}, {"log", "l20"}}}, {"return", "r21"}}},
      {"uncancel"},
      {"spawn", "t22", {{"log", "l23"}}},
      {"uncancel"},
      {"later", 0, {{"callback", "t22", "cb24"}}},
      {"state", "t22"},
      {"cancel_self"},
    },
    log = [=[
root starts; root l1; c3 starts; c3 ends; k4 tick 1; root got [s2 [r5] s6]; root caught Timeout 1;
root finally; c10 starts; c10 got s11; c10 ends; root got [r12]; c13 starts; c13 ends; root got r18;
root uncancel 0; root uncancel 0; root t22 pending 0; root self cancel true; root ends; soon l19;
soon l20; t22 starts; t22 l23; t22 ends; t22 result nil 0; root Cancelled 1; callback cb24]=],
  },
  {
    program = {
      {"try", {"shield", {"wait_for", {"gather", {{"sleep", 0, "s1"}}, true}, 5}}},
      {"fut", "f2"},
      {"as_completed", {{"sleep", 0, "s3"}, {"gather", {{"shield", {"var", "f2"}}, {"var", "f2"}},
        false}}, 0},
      {"set", "f2", "x4"},
      {"callback", "f2", "cb5"},
      {"let", "g6", {"gather", {{"wait", {"f2"}, 0, "ALL_COMPLETED"}, {"var", "f2"}, {"coro", "c7",
        {{"await", {"sleep", 0, "s8"}}, {"state", "f2"}, {"return", "r9"}}}}, false}},
      {"await", {"wait_for", {"gather", {}, false}, false}},
      {"spawn", "t10", {{"try_cancellable", {"var", "g6"}}, {"finally", {{"log", "l11"}, {"log",
        "l12"}, {"later", 0.5, {{"cancel", "g6"}, {"cancel", "g6"}}}, {"raise", "e13"}}, {{"await",
        {"sleep", 0, "s14"}}, {"soon", {{"fail", "f2", "x15"}, {"cancel", "g6"}}}}}, {"raise",
        "e16"}}},
      {"as_completed", {{"var", "g6"}}, 0, true},
      {"try", {"wait", {"f2", "t10", "f2"}, false, "FIRST_EXCEPTION"}},
      {"return", "r17"},
    },
    log = [=[
root starts; root got [s1]; root item raised Timeout; root item raised Timeout; root got [];
callback cb5; c7 starts; t10 starts; c7 got s8; c7 f2 result x4; c7 ends; root items Timeout;
t10 got [d:f2 p: x4 r9]; t10 l11; t10 l12; t10 finally; t10 got s14; t10 raises e13;
soon cancel g6 false; root got d:f2,t10 p:; root ends; f2 result x4; g6 result [d:f2 p: x4 r9];
t10 failed e13 0; root r17 0]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {}, true}},
      {"soon", {{"cancel", "g1"}}},
      {"try", {"shield", {"wait_for", {"shield", {"sleep", 0, "s2"}}, 0.5}}},
      {"let", "g3", {"shield", {"wait_for", {"var", "g1"}, 5}}},
      {"finally", {{"fut", "f4"}}, {{"finally", {{"log", "l5"}, {"return", "r6"}}, {{"ticker", 1,
        "k7"}}}, {"callback", "g3", "cb8"}, {"spawn", "t9", {}, true}, {"return", "r10"}}},
      {"state", "g3"},
      {"log", "l11"},
      {"cancel", "g3"},
      {"finally", {{"as_completed", {{"wait_for", {"var", "g1"}, 5}}, false}, {"state", "g1"}},
        {{"fut", "f17"}, {"fut", "f18"}, {"fut", "f19"}, {"return", "r20"}}},
      {"fut", "f21"},
      {"spawn", "t22", {{"await", {"coro", "c23", {{"try_cancellable", {"var", "f21"}}}}},
        {"spawn", "t24", {{"later", 1.5, {{"cancel", "g1"}}}, {"fut", "f25"}, {"raise", "e26"}}}}},
      {"try", {"shield", {"shield", {"gather", {{"coro", "c27", {{"fail", "f21", "x28"},
        {"callback", "t22", "cb29"}, {"return", "r30"}}}, {"sleep", 1, "s31"}}, false}}}},
      {"return", "r32"},
    },
    log = [=[
root starts; soon cancel g1 false; root got s2; root finally; root l5; root finally; t9 starts;
t9 ends; root g3 pending; root l11; root cancel g3 true; k7 tick 1; callback cb8; root item [];
root g1 result []; root finally; t22 starts; c23 starts; c27 starts; c27 ends; c23 caught x28 0;
c23 ends; t22 got nil; t22 ends; t24 starts; t24 raises e26; callback cb29; root got [r30 s31];
root ends; f17 result settled; f18 result settled; f19 result settled; f21 failed x28;
f25 result settled; f4 result settled; g1 result []; g3 cancelled; t22 result nil 0;
t24 failed e26 0; t9 result nil 0; root r32 1]=],
  },
  {
    program = {
      {"log", "l1"},
      {"as_completed", {{"wait_for", {"gather", {{"sleep", 0, "s2"}, {"sleep", 3, "s3"}, {"coro",
        "c4", {{"try", {"coro", "c5", {{"fut", "f6"}, {"return", "r7"}}}}}}}, true}, 1},
        {"wait_for", {"gather", {{"sleep", 0, "s8"}}, true}, 1.5}}, false},
      {"fut", "f9"},
      {"log", "l10"},
      {"fut", "f11"},
      {"try", {"wait_for", {"wait_for", {"wait_for", {"var", "f11"}, 0.5}, false}, 2}},
      {"spawn", "t12", {{"try", {"wait_for", {"gather", {{"var", "f11"}}, true}, 1}},
        {"as_completed", {{"gather", {{"var", "f9"}, {"var", "f9"}}, true}, {"shield", {"sleep", 1,
        "s16"}}, {"var", "f9"}}, false, true}, {"return", "r17"}}},
      {"try", {"var", "f11"}},
      {"state", "f9"},
      {"state", "t12"},
    },
    log = [=[
root starts; root l1; c4 starts; c5 starts; c5 ends; c4 got r7; c4 ends; root item [s8];
root item raised Timeout; root l10; root caught Timeout 1.5; root caught Cancelled 1.5;
root f9 pending; root t12 pending 0; root ends; t12 starts; t12 got [Cancelled]; t12 item settled;
t12 item [settled settled]; t12 item s16; t12 ends; f11 cancelled; f6 result settled;
f9 result settled; t12 result r17 0; root nil 2.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"let", "g2", {"shield", {"sleep", 0, "s3"}}},
      {"await", {"shield", {"var", "g2"}}},
      {"spawn", "t4", {{"fut", "f5"}, {"return", "r6"}}},
      {"log", "l7"},
      {"finally", {{"log", "l8"}, {"cancel", "t4"}, {"spawn", "t9", {{"spawn", "t10",
        {{"try_cancellable", {"coro", "c11", {{"cancel_self"}}}}, {"return", "r12"}}}, {"cancel",
        "g2"}}}, {"state", "g2"}, {"return", "r13"}}, {{"await", {"gather", {{"var", "g2"}, {"var",
        "t4"}}, true}}}},
      {"state", "g2"},
      {"raise", "e14"},
    },
    log = [=[
root starts; root l1; root got s3; root l7; root l8; root cancel t4 true; root g2 result s3;
root finally; t9 starts; t9 cancel g2 false; t9 ends; t10 starts; c11 starts; c11 self cancel true;
c11 ends; t10 got nil; t10 ends; root got [s3 Cancelled]; root g2 result s3; root raises e14;
g2 result s3; t10 cancelled 1; t4 cancelled 1; t9 result nil 0; root e14 0]=],
  },
  {
    program = {
      {"try", {"sleep", 0, "s1"}},
      {"fut", "f2"},
      {"spawn", "t3", {{"later", 0.5, {{"callback", "f2", "cb4"}, {"cancel", "f2"}}}, {"log",
        "l6"}}, true},
      {"spawn", "t7", {{"soon", {{"fail", "f2", "x8"}, {"callback", "t3", "cb9"}}},
        {"cancel_self"}, {"as_completed", {{"var", "f2"}}, 1}, {"await", {"sleep", 0.5, "s10"}}}},
      {"try", {"coro", "c11", {{"ticker", 4, "k12"}, {"as_completed", {{"gather", {{"var", "t3"},
        {"var", "t3"}, {"sleep", 0, "s13"}}, true}, {"wait", {"f2", "t7"}, false,
        "FIRST_COMPLETED"}, {"shield", {"var", "t3"}}}, 1, true}, {"later", 1.5, {{"set", "f2",
        "x14"}, {"fail", "f2", "x15"}}}, {"state", "t7"}, {"return", "r16"}}}},
      {"try", {"shield", {"var", "f2"}}},
      {"spawn", "t17", {{"as_completed", {{"var", "f2"}, {"wait_for", {"var", "f2"}, 0.5}, {"coro",
        "c18", {{"ticker", 3, "k19"}, {"return", "r20"}}}}, 0}, {"try", {"gather", {{"sleep", 2,
        "s21"}, {"var", "t7"}}, false}}, {"cancel", "f2"}, {"try_cancellable", {"gather", {},
        false}}, {"raise", "e22"}}},
    },
    log = [=[
root starts; root got s1; t3 starts; t3 l6; t3 ends; c11 starts; t7 starts; t7 self cancel true;
k12 tick 1; t7 raises Cancelled; k12 tick 2; c11 item nil; callback cb9; k12 tick 3; k12 tick 4;
c11 item [nil nil s13]; c11 item d:f2,t7 p:; c11 t7 cancelled 1; c11 ends; root got r16;
root caught x8 0; root ends; t17 starts; c18 starts; c18 ends; k19 tick 1; t17 item raised x8;
t17 item raised Timeout; t17 item raised Timeout; t17 caught Cancelled 0; t17 cancel f2 false;
t17 got []; t17 raises e22; k19 tick 2; k19 tick 3; f2 failed x8; t17 failed e22 0; t3 result nil 0;
t7 cancelled 1; root nil 0]=],
  },
  {
    program = {
      {"fut", "f3"},
      {"spawn", "t4", {{"as_completed", {{"var", "f3"}}, 1}, {"finally", {{"log", "l5"}, {"state",
        "f3"}, {"raise", "e6"}}, {{"try", {"var", "f3"}}, {"await", {"sleep", 1.5, "s7"}}}}}},
      {"spawn", "t8", {{"soon", {{"log", "l9"}}}, {"return", "r10"}}},
      {"try", {"var", "t8"}},
      {"try", {"coro", "c11", {{"set", "f3", "x12"}, {"cancel", "t8"}, {"try", {"var", "t4"}},
        {"callback", "t4", "cb13"}, {"raise", "e14"}}}},
      {"spawn", "t15", {{"cancel", "t4"}, {"await", {"var", "t8"}}, {"cancel_self"},
        {"cancel_self"}}},
    },
    log = [=[
root starts; t4 starts; t8 starts; t8 ends; soon l9; root got r10; c11 starts; c11 cancel t8 false;
t4 item x12; t4 l5; t4 f3 result x12; t4 finally; t4 got x12; t4 got s7; t4 raises e6;
c11 caught e6 1.5; c11 raises e14; root caught e14 1.5; root ends; callback cb13; t15 starts;
t15 cancel t4 false; t15 got r10; t15 self cancel true; t15 self cancel true; t15 ends;
f3 result x12; t15 cancelled 2; t4 failed e6 0; t8 result r10 0; root nil 1.5]=],
  },
  {
    program = {
      {"try", {"wait_for", {"sleep", 0, "s1"}, 1.5}},
      {"ticker", 1, "k2"},
      {"let", "g3", {"shield", {"sleep", 0, "s4"}}},
      {"spawn", "t6", {{"await", {"sleep", 0.5, "s7"}}, {"ticker", 1, "k8"}, {"state", "g3"},
        {"ticker", 1, "k9"}, {"raise", "e10"}}},
      {"later", 0, {{"log", "l11"}}},
      {"try_cancellable", {"wait", {"t6"}, 0, "ALL_COMPLETED"}},
      {"spawn", "t12", {{"as_completed", {{"var", "g3"}, {"var", "g3"}, {"shield", {"var", "g3"}}},
        false}, {"spawn", "t13", {{"as_completed", {{"sleep", 0, "s14"}, {"var", "t6"}, {"var",
        "t6"}}, 0, true}, {"as_completed", {{"var", "g3"}}, false, true}, {"raise", "e15"}}},
        {"try", {"gather", {{"gather", {{"var", "t6"}, {"var", "g3"}}, false}, {"wait", {"t13"}, 1,
        "ALL_COMPLETED"}, {"gather", {{"coro", "c16", {{"try", {"var", "t6"}}, {"return",
        "r17"}}}}, true}}, true}}, {"return", "r18"}}},
      {"as_completed", {{"shield", {"var", "t6"}}, {"shield", {"sleep", 1, "s19"}}}, 1},
    },
    log = [=[
root starts; root got s1; k2 tick 1; t6 starts; timer l11; root got d: p:t6; t12 starts;
t12 item s4; t13 starts; c16 starts; t13 items Timeout; t13 item s4; t13 raises e15; t6 got s7;
t6 g3 result s4; t6 raises e10; k8 tick 1; k9 tick 1; c16 caught e10 0.5; c16 ends;
root item raised e10; t12 got [e10 d:t13 p: [r17]]; t12 ends; root item raised Timeout; root ends;
g3 result s4; t12 result r18 0; t13 failed e15 0; t6 failed e10 0; root nil 1]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"spawn", "t3", {{"spawn", "t4", {{"try", {"var", "f1"}}, {"try_cancellable", {"wait",
        {"f1"}, 1, "ALL_COMPLETED"}}, {"log", "l5"}, {"return", "r6"}}}}},
      {"later", 0.5, {{"log", "l7"}, {"cancel", "f1"}}},
      {"later", 0, {{"fail", "f1", "x9"}}},
      {"log", "l10"},
      {"try", {"shield", {"gather", {}, false}}},
      {"spawn", "t11", {{"later", 0, {{"fail", "f1", "x12"}}}, {"spawn", "t14", {{"finally",
        {{"soon", {{"log", "l15"}, {"set", "f1", "x16"}}}}, {{"as_completed", {{"var", "t3"},
        {"var", "f1"}, {"var", "t3"}}, 1}, {"return", "r17"}}}, {"return", "r18"}}}, {"fut",
        "f19"}}},
      {"try", {"gather", {{"wait_for", {"gather", {}, true}, 2}, {"var", "t3"}, {"gather", {{"var",
        "t11"}, {"shield", {"var", "t11"}}}, true}}, false}},
      {"raise", "e20"},
    },
    log = [=[
root starts; root l10; root got []; t3 starts; t3 ends; t11 starts; t11 ends; t4 starts;
t4 caught x9 0; t14 starts; t14 finally; soon l15; t4 got d:f1 p:; t4 l5; t4 ends; t14 item nil;
t14 item raised x9; t14 ends; root got [[] nil [nil nil]]; root raises e20; f1 failed x9;
f19 result settled; t11 result nil 0; t14 result r18 0; t3 result nil 0; t4 result r6 0;
root e20 0]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"log", "l3"},
      {"spawn", "t6", {{"later", 0, {{"log", "l7"}}}, {"try", {"wait_for", {"sleep", 0, "s8"},
        -1}}, {"return", "r9"}}},
      {"try_cancellable", {"gather", {{"coro", "c11", {{"finally", {{"later", 0, {}}}, {{"fut",
        "f12"}, {"raise", "e13"}}}}}, {"wait_for", {"gather", {{"var", "t6"}}, false}, 5}}, true}},
      {"as_completed", {{"wait", {"t6", "t6", "t6"}, 0, "FIRST_EXCEPTION"}}, 1},
      {"spawn", "t14", {{"try_cancellable", {"gather", {{"var", "t6"}, {"gather", {{"var", "t6"}},
        false}}, false}}, {"spawn", "t15", {{"as_completed", {{"coro", "c16", {{"try", {"sleep", 0,
        "s17"}}, {"return", "r18"}}}, {"var", "t6"}}, false}, {"return", "r19"}}}, {"ticker", 4,
        "k20"}}, true},
      {"raise", "e21"},
    },
    log = [=[
root starts; root l1; root l2; root l3; t6 starts; c11 starts; c11 finally; c11 raises e13;
timer l7; t6 caught Timeout 0; t6 ends; root got [e13 [r9]]; root item d:t6 p:; t14 starts;
t14 got [r9 [r9]]; t14 ends; root raises e21; t15 starts; k20 tick 1; c16 starts; k20 tick 2;
c16 got s17; c16 ends; t15 item r9; k20 tick 3; k20 tick 4; t15 item r18; t15 ends;
f12 result settled; t14 result nil 0; t15 result r19 0; t6 result r9 0; root e21 0]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}}},
      {"cancel_self"},
      {"spawn", "t4", {{"try_cancellable", {"gather", {{"gather", {{"coro", "c5",
        {{"cancel_self"}}}, {"sleep", 2, "s6"}}, true}}, false}}, {"try_cancellable", {"shield",
        {"coro", "c7", {{"soon", {{"log", "l8"}, {"log", "l9"}}}}}}}, {"spawn", "t10", {{"soon",
        {{"log", "l11"}}}}, true}, {"later", 3, {{"cancel", "t10"}}}, {"return", "r12"}}},
      {"later", 3, {}},
      {"spawn", "t13", {{"try_cancellable", {"wait_for", {"shield", {"sleep", 0, "s14"}}, 5}}},
        true},
      {"as_completed", {{"var", "t13"}}, false},
      {"return", "r15"},
    },
    log = [=[
root starts; root self cancel true; t13 starts; soon l1; t4 starts; root raises Cancelled;
c5 starts; c5 self cancel true; c5 ends; t13 got s14; t13 ends; t4 got [[Cancelled s6]]; c7 starts;
c7 ends; soon l8; soon l9; t4 got nil; t10 starts; t10 ends; t4 ends; soon l11; t10 result nil 0;
t13 result nil 0; t4 result r12 0; root Cancelled 2]=],
  },
  {
    program = {
      {"log", "l1"},
      {"fut", "f2"},
      {"set", "f2", "x3"},
      {"callback", "f2", "cb4"},
      {"spawn", "t5", {{"finally", {{"state", "f2"}, {"try", {"shield", {"var", "f2"}}}},
        {{"later", 0, {{"log", "l6"}}}, {"raise", "e7"}}}, {"await", {"sleep", 3, "s8"}}, {"try",
        {"wait_for", {"var", "f2"}, false}}}},
      {"as_completed", {{"gather", {{"wait", {"t5"}, false, "ALL_COMPLETED"}, {"shield", {"var",
        "f2"}}, {"coro", "c9", {{"as_completed", {{"var", "t5"}, {"coro", "c10", {{"callback",
        "f2", "cb11"}, {"cancel", "t5"}}}}, 0, true}, {"raise", "e12"}}}}, false}, {"var", "f2"}},
        false},
      {"try_cancellable", {"var", "f2"}},
      {"spawn", "t13", {{"log", "l14"}, {"fut", "f15"}, {"cancel", "f2"}, {"cancel", "f15"},
        {"return", "r18"}}},
      {"try", {"coro", "c19", {{"await", {"wait", {"f2", "t5", "f2"}, false, "FIRST_COMPLETED"}}}}},
      {"state", "t13"},
      {"raise", "e20"},
    },
    log = [=[
root starts; root l1; callback cb4; t5 starts; t5 f2 result x3; t5 got x3; t5 finally; t5 raises e7;
c9 starts; c10 starts; c10 cancel t5 false; c10 ends; root item x3; timer l6; callback cb11;
c9 item e7; c9 items Timeout; c9 raises e12; root item raised e12; root got x3; c19 starts;
t13 starts; t13 l14; t13 cancel f2 false; t13 cancel f15 true; t13 ends; c19 got d:f2,t5 p:;
c19 ends; root got nil; root t13 result r18 0; root raises e20; f15 cancelled; f2 result x3;
t13 result r18 0; t5 failed e7 0; root e20 0]=],
  },
  {
    program = {
      {"spawn", "t1", {{"await", {"sleep", 1, "s2"}}, {"ticker", 1, "k3"}, {"try", {"shield",
        {"shield", {"coro", "c4", {{"log", "l5"}, {"return", "r6"}}}}}}, {"log", "l7"}}},
      {"let", "g8", {"gather", {{"var", "t1"}}, false}},
      {"log", "l9"},
      {"await", {"gather", {{"var", "t1"}, {"var", "g8"}, {"wait_for", {"var", "g8"}, 2}}, false}},
      {"finally", {{"await", {"shield", {"wait_for", {"var", "t1"}, 5}}}, {"spawn", "t10",
        {{"try_cancellable", {"coro", "c11", {{"spawn", "t12", {{"as_completed", {{"var", "t1"},
        {"var", "g8"}}, 1}}, true}}}}, {"state", "g8"}, {"callback", "g8", "cb13"}}}, {"return",
        "r14"}}, {{"cancel", "g8"}, {"try_cancellable", {"gather", {{"sleep", 1, "s15"}, {"sleep",
        0, "s16"}, {"var", "g8"}}, true}}, {"return", "r17"}}},
      {"await", {"sleep", 3, "s18"}},
      {"cancel", "t1"},
      {"await", {"sleep", 0, "s19"}},
      {"fut", "f20"},
      {"ticker", 4, "k21"},
      {"raise", "e22"},
    },
    log = [=[
root starts; root l9; t1 starts; t1 got s2; k3 tick 1; c4 starts; c4 l5; c4 ends; t1 got r6; t1 l7;
t1 ends; root got [nil [nil] [nil]]; root got nil; root finally; root cancel g8 false; t10 starts;
c11 starts; t12 starts; c11 ends; t10 got nil; t10 g8 result [nil]; t10 ends; callback cb13;
t12 item nil; t12 item [nil]; t12 ends; root got [s15 s16 [nil]]; root got s18;
root cancel t1 false; root got s19; root raises e22; k21 tick 1; k21 tick 2; f20 result settled;
g8 result [nil]; t1 result nil 0; t10 result nil 0; t12 result nil 0; root e22 5; k21 tick 3]=],
  },
  {
    program = {
      {"await", {"coro", "c1", {{"await", {"sleep", 0, "s2"}}}}},
      {"try", {"wait_for", {"wait_for", {"gather", {{"coro", "c3", {{"await", {"sleep", 2,
        "s4"}}}}, {"sleep", 0, "s5"}}, false}, 1.5}, -1}},
      {"log", "l6"},
      {"as_completed", {{"gather", {{"sleep", 0, "s7"}, {"gather", {{"coro", "c8", {{"raise",
        "e11"}}}}, true}, {"wait_for", {"coro", "c12", {}}, 0.5}}, true}, {"coro", "c15",
        {{"await", {"sleep", 0, "s16"}}, {"raise", "e17"}}}}, false},
      {"log", "l18"},
      {"fut", "f19"},
      {"as_completed", {{"var", "f19"}, {"gather", {}, true}, {"shield", {"var", "f19"}}}, false},
      {"try", {"var", "f19"}},
      {"cancel", "f19"},
      {"cancel", "f19"},
      {"soon", {{"fail", "f19", "x21"}}},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 ends; root got nil; c3 starts; root caught Timeout 0; root l6;
c8 starts; c8 raises e11; c12 starts; c12 ends; c15 starts; c15 got s16; c15 raises e17;
root item raised e17; root item [s7 [e11] nil]; root l18; root item []; c3 got s4; c3 ends;
root item settled; root item settled; root got settled; root cancel f19 false;
root cancel f19 false; root ends; f19 result settled; root nil 50]=],
  },
  {
    program = {
      {"ticker", 4, "k1"},
      {"log", "l2"},
      {"log", "l3"},
      {"log", "l4"},
      {"spawn", "t5", {{"await", {"gather", {{"shield", {"coro", "c6", {{"try_cancellable",
        {"sleep", 0, "s7"}}, {"raise", "e8"}}}}}, true}}, {"try", {"gather", {{"wait_for",
        {"sleep", 1, "s9"}, 1}}, false}}, {"return", "r10"}}},
      {"later", 0.5, {{"cancel", "t5"}}},
      {"try", {"wait_for", {"coro", "c11", {{"log", "l12"}}}, 0}},
      {"fut", "f13"},
      {"try", {"shield", {"shield", {"var", "t5"}}}},
      {"try_cancellable", {"shield", {"var", "f13"}}},
      {"as_completed", {{"gather", {}, true}, {"wait", {"f13"}, 0, "FIRST_EXCEPTION"}, {"gather",
        {{"gather", {}, false}, {"coro", "c14", {{"as_completed", {{"coro", "c15", {{"fut",
        "f16"}}}, {"sleep", 1, "s17"}, {"var", "t5"}}, 1, true}, {"raise", "e18"}}}, {"var",
        "f13"}}, true}}, false},
      {"cancel_self"},
      {"soon", {{"cancel", "t5"}}},
      {"return", "r26"},
    },
    log = [=[
root starts; root l2; root l3; root l4; k1 tick 1; t5 starts; k1 tick 2; c6 starts; k1 tick 3;
c6 got s7; c6 raises e8; root caught Timeout 0; k1 tick 4; t5 got [e8]; timer cancel t5 true;
t5 caught Cancelled 0.5; t5 ends; root got r10; root got settled; c14 starts; c15 starts; c15 ends;
root item []; c14 item r10; c14 item nil; root item d:f13 p:; c14 items Timeout; c14 raises e18;
root item [[] e18 settled]; root self cancel true; root ends; soon cancel t5 false;
f13 result settled; f16 result settled; t5 result r10 1; root Cancelled 51]=],
  },
  {
    program = {
      {"try_cancellable", {"shield", {"gather", {{"gather", {{"sleep", 0.5, "s1"}, {"coro", "c2",
        {{"log", "l3"}, {"return", "r4"}}}, {"sleep", 0.5, "s5"}}, true}}, false}}},
      {"spawn", "t6", {{"try_cancellable", {"wait_for", {"coro", "c7", {{"await", {"sleep", 1,
        "s8"}}, {"log", "l9"}}}, -1}}, {"later", 0, {{"log", "l10"}}}, {"try", {"shield",
        {"wait_for", {"sleep", 2, "s11"}, 5}}}, {"try", {"wait_for", {"sleep", 0, "s12"}, -1}},
        {"raise", "e13"}}},
      {"as_completed", {{"var", "t6"}}, false},
      {"soon", {{"callback", "t6", "cb14"}}},
      {"try", {"wait", {"t6"}, 0, "ALL_COMPLETED"}},
      {"spawn", "t15", {{"cancel", "t6"}, {"state", "t6"}, {"try_cancellable", {"gather", {{"var",
        "t6"}, {"var", "t6"}, {"sleep", 1, "s16"}}, false}}, {"uncancel"}}},
      {"ticker", 1, "k17"},
      {"spawn", "t18", {{"try", {"var", "t6"}}, {"return", "r19"}}},
      {"await", {"sleep", 1, "s20"}},
    },
    log = [=[
root starts; c2 starts; c2 l3; c2 ends; root got [[s1 r4 s5]]; t6 starts; t6 caught Timeout 0.5;
timer l10; t6 got s11; t6 caught Timeout 2.5; t6 raises e13; root item raised e13; callback cb14;
root got d:t6 p:; t15 starts; t15 cancel t6 false; t15 t6 failed e13 0; t15 caught e13 2.5;
t15 uncancel 0; t15 ends; k17 tick 1; t18 starts; t18 caught e13 2.5; t18 ends; root got s20;
root ends; t15 result nil 0; t18 result r19 0; t6 failed e13 0; root nil 3.5]=],
  },
  {
    program = {
      {"try_cancellable", {"gather", {{"gather", {{"coro", "c1", {{"soon", {{"log", "l2"}}},
        {"return", "r3"}}}, {"shield", {"sleep", 0, "s4"}}, {"sleep", 0, "s5"}}, false}, {"sleep",
        0, "s6"}, {"wait_for", {"sleep", 0, "s7"}, 2}}, false}},
      {"try", {"wait_for", {"coro", "c8", {{"await", {"wait_for", {"sleep", 0, "s9"}, 1}},
        {"ticker", 3, "k10"}, {"return", "r11"}}}, 1}},
      {"log", "l12"},
      {"log", "l13"},
      {"await", {"shield", {"gather", {{"wait_for", {"coro", "c14", {{"await", {"sleep", 1,
        "s15"}}, {"return", "r16"}}}, 5}, {"wait_for", {"coro", "c17", {{"await", {"sleep", 0.5,
        "s18"}}}}, 2}}, false}}},
      {"log", "l19"},
      {"log", "l20"},
      {"try", {"gather", {{"gather", {{"sleep", 0, "s21"}}, false}}, true}},
      {"await", {"sleep", 1, "s22"}},
      {"try", {"shield", {"shield", {"sleep", 0, "s23"}}}},
      {"raise", "e24"},
    },
    log = [=[
root starts; c1 starts; c1 ends; soon l2; root got [[r3 s4 s5] s6 s7]; c8 starts; c8 got s9;
c8 ends; root got r11; root l12; root l13; k10 tick 1; c14 starts; c17 starts; k10 tick 2;
k10 tick 3; c17 got s18; c17 ends; c14 got s15; c14 ends; root got [r16 nil]; root l19; root l20;
root got [[s21]]; root got s22; root got s23; root raises e24; root e24 2]=],
  },
  {
    program = {
      {"await", {"wait_for", {"sleep", 0, "s1"}, false}},
      {"spawn", "t2", {{"as_completed", {{"sleep", 0, "s3"}, {"wait_for", {"coro", "c4", {{"log",
        "l5"}, {"log", "l6"}}}, 1.5}, {"shield", {"sleep", 1, "s7"}}}, false}, {"let", "g8",
        {"shield", {"coro", "c9", {{"try", {"sleep", 1, "s10"}}}}}}}},
      {"spawn", "t11", {{"log", "l12"}, {"try", {"wait", {"t2", "t2"}, false, "FIRST_COMPLETED"}},
        {"await", {"sleep", 0, "s13"}}}},
      {"finally", {{"await", {"gather", {{"wait", {"t2", "t2", "t11"}, 1, "FIRST_COMPLETED"},
        {"gather", {{"var", "t2"}}, false}}, false}}, {"try", {"gather", {{"gather", {{"var",
        "t11"}, {"var", "t11"}, {"var", "t11"}}, false}, {"gather", {{"var", "t11"}}, true}},
        false}}}, {{"await", {"wait", {"t2", "t2"}, 0, "FIRST_COMPLETED"}}, {"as_completed",
        {{"coro", "c17", {{"await", {"sleep", 2, "s18"}}}}, {"var", "t11"}}, 2, true},
        {"try_cancellable", {"shield", {"var", "t2"}}}, {"return", "r19"}}},
      {"state", "t11"},
      {"cancel", "t2"},
      {"await", {"sleep", 1, "s20"}},
      {"soon", {}},
      {"cancel", "t11"},
      {"return", "r21"},
    },
    log = [=[
root starts; root got s1; t2 starts; t11 starts; t11 l12; c4 starts; c4 l5; c4 l6; c4 ends;
t2 item nil; t2 item s3; t2 item s7; t2 ends; c9 starts; t11 got d:t2 p:;
root got [d: p:t2,t11 [nil]]; t11 got s13; t11 ends; root got [[nil nil nil] [nil]]; root finally;
root got d:t2 p:; c17 starts; root item nil; c9 got s10; c9 ends; root items Timeout; root got nil;
root t11 result nil 0; root cancel t2 false; c17 got s18; c17 ends; root got s20;
root cancel t11 false; root ends; g8 result nil; t11 result nil 0; t2 result nil 0; root r21 4]=],
  },
  {
    program = {
      {"try", {"gather", {{"gather", {{"sleep", 0, "s1"}, {"gather", {{"coro", "c2", {{"await",
        {"sleep", 0, "s3"}}, {"raise", "e4"}}}}, false}}, true}}, false}},
      {"as_completed", {{"coro", "c5", {{"await", {"sleep", 0, "s6"}}, {"finally",
        {{"try_cancellable", {"sleep", 0, "s7"}}, {"log", "l8"}, {"log", "l9"}}, {{"log", "l10"},
        {"log", "l11"}}}, {"ticker", 3, "k12"}}}, {"shield", {"wait_for", {"sleep", 0, "s13"},
        -1}}}, false},
      {"await", {"sleep", 0, "s14"}},
      {"as_completed", {{"sleep", 1, "s15"}}, 2},
      {"let", "g16", {"gather", {}, false}},
    },
    log = [=[
root starts; c2 starts; c2 got s3; c2 raises e4; root got [[s1 e4]]; c5 starts; c5 got s6;
c5 got s7; c5 l8; c5 l9; c5 finally; c5 l10; c5 l11; c5 ends; k12 tick 1; k12 tick 2; root item nil;
k12 tick 3; root item raised Timeout; root got s14; root item s15; root ends; g16 result [];
root nil 1]=],
  },
  {
    program = {
      {"await", {"sleep", 1, "s1"}},
      {"await", {"sleep", 2, "s2"}},
      {"await", {"sleep", 1, "s3"}},
      {"spawn", "t4", {{"try", {"sleep", 0, "s5"}}}},
      {"try", {"coro", "c6", {{"spawn", "t7", {{"await", {"var", "t4"}}, {"try", {"var", "t4"}},
        {"raise", "e8"}}}, {"spawn", "t9", {{"callback", "t7", "cb10"}, {"soon", {{"callback",
        "t4", "cb11"}}}}}, {"soon", {{"cancel", "t4"}}}, {"try", {"wait", {"t4", "t4", "t7"},
        false, "FIRST_COMPLETED"}}}}},
      {"await", {"gather", {{"shield", {"var", "t4"}}, {"gather", {}, false}}, true}},
      {"later", 2, {{"callback", "t4", "cb12"}}},
      {"state", "t4"},
      {"as_completed", {{"sleep", 0.5, "s13"}, {"wait_for", {"gather", {{"var", "t4"}}, false},
        0.5}}, false},
      {"raise", "e14"},
    },
    log = [=[
root starts; root got s1; root got s2; root got s3; c6 starts; t4 starts; t7 starts; t9 starts;
t9 ends; soon cancel t4 true; t4 caught Cancelled 4; t4 ends; t7 got nil; t7 got nil; t7 raises e8;
callback cb11; c6 got d:t4,t7 p:; c6 ends; root got nil; root got [nil []]; root t4 result nil 1;
callback cb10; root item [nil]; root item s13; root raises e14; t4 result nil 1; t7 failed e8 0;
t9 result nil 0; root e14 4.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"as_completed", {{"gather", {{"coro", "c2", {{"soon", {{"log", "l3"},
        {"log", "l4"}}}, {"return", "r5"}}}}, true}, {"shield", {"sleep", 0, "s6"}}, {"wait_for",
        {"sleep", 0, "s7"}, false}}, false, true}, {"raise", "e8"}}},
      {"soon", {{"callback", "t1", "cb9"}}},
      {"try", {"shield", {"var", "t1"}}},
      {"ticker", 3, "k10"},
      {"as_completed", {{"wait_for", {"shield", {"var", "t1"}}, 2}, {"gather", {{"var", "t1"},
        {"gather", {}, false}, {"gather", {{"var", "t1"}, {"coro", "c11", {{"log", "l12"}}}},
        false}}, true}, {"wait_for", {"shield", {"var", "t1"}}, 2}}, 0, true},
      {"finally", {{"ticker", 4, "k13"}}, {{"spawn", "t14", {{"try", {"var", "t1"}},
        {"as_completed", {{"var", "t1"}, {"var", "t1"}, {"var", "t1"}}, 1}}}, {"await", {"var",
        "t14"}}, {"raise", "e15"}}},
    },
    log = [=[
root starts; t1 starts; c2 starts; c2 ends; soon l3; soon l4; t1 item [r5]; t1 item s7; t1 item s6;
t1 raises e8; callback cb9; root caught e8 0; k10 tick 1; c11 starts; c11 l12; c11 ends; k10 tick 2;
root item [e8 [] e8]; root items Timeout; root finally; k10 tick 3; k13 tick 1; t14 starts;
t14 caught e8 0; k13 tick 2; k13 tick 3; t14 item raised e8; t14 ends; k13 tick 4; root got nil;
root raises e15; t1 failed e8 0; t14 result nil 0; root e15 0]=],
  },
  {
    program = {
      {"spawn", "t1", {{"await", {"sleep", 2, "s2"}}, {"try_cancellable", {"shield", {"sleep", 0,
        "s3"}}}, {"return", "r4"}}},
      {"as_completed", {{"shield", {"wait_for", {"sleep", 0, "s5"}, 0}}, {"var", "t1"}, {"shield",
        {"var", "t1"}}}, false},
      {"spawn", "t6", {{"await", {"sleep", 2, "s7"}}, {"return", "r8"}}},
      {"spawn", "t9", {{"later", 0.5, {}}, {"try_cancellable", {"gather", {{"wait", {"t1", "t1"},
        1, "FIRST_EXCEPTION"}, {"var", "t1"}}, false}}, {"soon", {{"log", "l10"}}},
        {"try_cancellable", {"wait_for", {"wait_for", {"var", "t1"}, 0}, 0}}}},
      {"try", {"gather", {{"var", "t6"}, {"var", "t1"}, {"gather", {}, true}}, false}},
      {"fut", "f11"},
      {"spawn", "t12", {{"as_completed", {{"var", "t9"}}, 2}, {"spawn", "t13", {{"await", {"sleep",
        1.5, "s14"}}, {"spawn", "t15", {{"await", {"sleep", 1, "s16"}}}}, {"return", "r17"}},
        true}, {"try_cancellable", {"var", "t6"}}}},
      {"try", {"gather", {{"var", "t12"}, {"wait_for", {"var", "t12"}, 1}}, false}},
      {"later", 0, {{"cancel", "f11"}, {"set", "f11", "x19"}}},
      {"spawn", "t20", {{"await", {"coro", "c21", {{"soon", {{"set", "f11", "x22"}}}}}}, {"await",
        {"wait_for", {"wait_for", {"var", "t6"}, 2}, 5}}, {"raise", "e23"}}},
      {"await", {"sleep", 0.5, "s24"}},
      {"fut", "f25"},
    },
    log = [=[
root starts; t1 starts; root item raised Timeout; t1 got s2; t1 got s3; t1 ends; root item r4;
root item r4; t6 starts; t9 starts; t9 got [d:t1 p: r4]; soon l10; t9 caught Timeout 2; t9 ends;
t6 got s7; t6 ends; root got [r8 r4 []]; t12 starts; t12 item nil; t13 starts; t12 got r8; t12 ends;
root got [nil nil]; t20 starts; c21 starts; c21 ends; t20 got nil; t20 got r8; t20 raises e23;
timer cancel f11 true; root got s24; root ends; t13 got s14; t13 ends; t15 starts; t15 got s16;
t15 ends; f11 cancelled; f25 result settled; t1 result r4 0; t12 result nil 0; t13 result r17 0;
t15 result nil 0; t20 failed e23 0; t6 result r8 0; t9 result nil 0; root nil 6.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try", {"gather", {{"shield", {"coro", "c2", {{"log", "l3"}}}}, {"shield",
        {"sleep", 0, "s4"}}}, false}}, {"log", "l5"}, {"try_cancellable", {"gather", {{"shield",
        {"sleep", 0, "s6"}}, {"wait_for", {"coro", "c7", {{"later", 1, {{"log", "l8"}}}, {"return",
        "r9"}}}, 2}}, false}}, {"return", "r10"}}},
      {"state", "t1"},
      {"spawn", "t11", {{"as_completed", {{"wait_for", {"var", "t1"}, 2}, {"var", "t1"}}, false},
        {"spawn", "t12", {{"fut", "f13"}, {"spawn", "t14", {{"cancel_self"}}}}}, {"return",
        "r19"}}},
      {"as_completed", {{"wait_for", {"shield", {"coro", "c20", {{"as_completed", {{"var", "t11"}},
        false, true}, {"raise", "e21"}}}}, 1.5}}, 1},
      {"spawn", "t22", {}},
      {"as_completed", {{"gather", {{"shield", {"var", "t1"}}, {"var", "t1"}}, false}, {"var",
        "t22"}, {"shield", {"var", "t11"}}}, false, true},
      {"await", {"shield", {"var", "t22"}}},
      {"log", "l27"},
    },
    log = [=[
root starts; root t1 pending 0; t1 starts; t11 starts; c20 starts; c2 starts; c2 l3; c2 ends;
t1 got [nil s4]; t1 l5; c7 starts; c7 ends; t1 got [s6 r9]; t1 ends; t11 item r10; t11 item r10;
t11 ends; t12 starts; t12 ends; t14 starts; t14 self cancel true; t14 ends; c20 item r19;
c20 raises e21; root item raised e21; t22 starts; t22 ends; root item [r10 r10]; root item r19;
root item nil; root got nil; root l27; root ends; f13 result settled; t1 result r10 0;
t11 result r19 0; t12 result nil 0; t14 cancelled 1; t22 result nil 0; root nil 0]=],
  },
  {
    program = {
      {"finally", {{"log", "l1"}, {"ticker", 3, "k2"}, {"soon", {{"log", "l3"}}}}, {{"fut", "f4"},
        {"set", "f4", "x5"}}},
      {"let", "g6", {"gather", {{"coro", "c7", {{"log", "l10"}, {"log", "l11"}, {"return",
        "r12"}}}, {"wait_for", {"sleep", 0, "s13"}, 2}}, false}},
      {"spawn", "t14", {{"uncancel"}, {"try", {"wait", {"g6", "g6"}, 1, "ALL_COMPLETED"}},
        {"return", "r15"}}},
      {"state", "g6"},
      {"await", {"sleep", 0, "s16"}},
      {"as_completed", {{"shield", {"gather", {}, true}}, {"gather", {}, true}, {"var", "g6"}}, 0},
      {"await", {"sleep", 1.5, "s17"}},
      {"as_completed", {{"wait_for", {"wait_for", {"var", "t14"}, 0.5}, 1}}, false, true},
      {"soon", {}},
      {"try", {"var", "g6"}},
      {"as_completed", {{"var", "t14"}}, false},
    },
    log = [=[
root starts; root l1; root finally; root g6 pending; k2 tick 1; soon l3; c7 starts; c7 l10; c7 l11;
c7 ends; t14 starts; t14 uncancel 0; root got s16; k2 tick 2; k2 tick 3; root item []; root item [];
root item raised Timeout; t14 got d:g6 p:; t14 ends; root got s17; root item r15;
root got [r12 s13]; root item r15; root ends; f4 result x5; g6 result [r12 s13]; t14 result r15 0;
root nil 1.5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"await", {"sleep", 1.5, "s2"}},
      {"let", "g3", {"gather", {{"shield", {"var", "f1"}}, {"var", "f1"}}, false}},
      {"finally", {{"finally", {{"try_cancellable", {"gather", {{"var", "f1"}}, true}}, {"later",
        3, {{"cancel", "f1"}, {"cancel", "f1"}}}}, {{"try", {"coro", "c5", {{"later", 0, {{"set",
        "f1", "x6"}}}, {"raise", "e7"}}}}, {"state", "f1"}}}, {"fail", "f1", "x8"}, {"try",
        {"wait_for", {"wait_for", {"var", "g3"}, false}, 2}}, {"later", 3, {{"callback", "f1",
        "cb9"}, {"cancel", "f1"}}}}, {{"state", "f1"}, {"finally", {{"await", {"sleep", 0, "s11"}},
        {"return", "r12"}}, {{"uncancel"}, {"return", "r13"}}}, {"return", "r14"}}},
      {"spawn", "t15", {{"soon", {{"fail", "f1", "x16"}, {"log", "l17"}}}, {"log", "l18"},
        {"raise", "e19"}}},
      {"try", {"wait", {"g3", "g3", "g3"}, 1, "FIRST_EXCEPTION"}},
      {"soon", {{"cancel", "f1"}, {"cancel", "g3"}}},
      {"fail", "f1", "x21"},
      {"try", {"gather", {{"var", "f1"}, {"coro", "c22", {{"try", {"coro", "c24",
        {{"try_cancellable", {"var", "g3"}}, {"as_completed", {{"sleep", 0, "s25"}, {"var", "t15"},
        {"var", "f1"}}, 1}, {"return", "r26"}}}}}}}, true}},
      {"await", {"sleep", 1, "s27"}},
      {"spawn", "t28", {{"ticker", 4, "k29"}}},
      {"return", "r30"},
    },
    log = [=[
root starts; root got s2; root got [settled]; root finally; c5 starts; c5 raises e7;
root caught e7 50; root f1 result settled; root got [settled settled]; root finally;
root f1 result settled; root got s11; root finally; root uncancel 0; t15 starts; t15 l18;
t15 raises e19; soon l17; root got d:g3 p:; soon cancel f1 false; soon cancel g3 false; c22 starts;
c24 starts; c24 got [settled settled]; c24 item raised e19; c24 item settled; c24 item s25;
c24 ends; c22 got r26; c22 ends; root got [settled nil]; root got s27; root ends; t28 starts;
t28 ends; k29 tick 1; f1 result settled; g3 result [settled settled]; t15 failed e19 0;
t28 result nil 0; root r30 51; k29 tick 2]=],
  },
  {
    program = {
      {"log", "l1"},
      {"later", 2, {{"log", "l4"}}},
      {"let", "g5", {"shield", {"gather", {{"sleep", 2, "s6"}}, true}}},
      {"as_completed", {{"wait_for", {"wait", {"g5", "g5"}, 2, "FIRST_EXCEPTION"}, 1.5}, {"var",
        "g5"}, {"shield", {"gather", {{"var", "g5"}, {"var", "g5"}}, false}}}, false},
      {"try_cancellable", {"gather", {{"coro", "c7", {{"try", {"coro", "c8", {{"log", "l9"}}}},
        {"await", {"sleep", 1.5, "s10"}}}}, {"gather", {}, true}, {"wait_for", {"gather", {{"coro",
        "c11", {{"try", {"var", "g5"}}}}, {"var", "g5"}, {"var", "g5"}}, false}, 0}}, false}},
      {"later", 0, {{"cancel", "g5"}}},
    },
    log = [=[
root starts; root l1; root item raised Timeout; timer l4; root item [s6]; root item [[s6] [s6]];
c11 starts; c11 got [s6]; c11 ends; c7 starts; c8 starts; c8 l9; c8 ends; c7 got nil; c7 got s10;
c7 ends; root got [nil [] [nil [s6] [s6]]]; root ends; timer cancel g5 false; g5 result [s6];
root nil 3.5]=],
  },
  {
    program = {
      {"later", 1.5, {{"log", "l1"}}},
      {"log", "l2"},
      {"log", "l3"},
      {"spawn", "t4", {{"await", {"sleep", 3, "s5"}}, {"await", {"wait_for", {"gather", {}, false},
        1}}}},
      {"await", {"sleep", 0, "s6"}},
      {"log", "l7"},
      {"let", "g8", {"gather", {{"gather", {{"sleep", 1, "s9"}}, true}, {"gather", {{"var", "t4"},
        {"var", "t4"}}, true}, {"shield", {"var", "t4"}}}, true}},
      {"await", {"sleep", 0, "s10"}},
      {"as_completed", {{"gather", {}, false}}, 2, true},
      {"await", {"sleep", 2, "s12"}},
      {"soon", {{"log", "l13"}}},
      {"try", {"shield", {"gather", {}, true}}},
      {"try_cancellable", {"coro", "c14", {{"await", {"sleep", 0, "s15"}}, {"try", {"wait_for",
        {"wait_for", {"var", "t4"}, 2}, 1}}, {"await", {"sleep", 0, "s16"}}}}},
      {"as_completed", {{"var", "t4"}, {"var", "g8"}}, 1},
      {"raise", "e17"},
    },
    log = [=[
root starts; root l2; root l3; t4 starts; root got s6; root l7; root got s10; root item [];
timer l1; root got s12; root got []; c14 starts; soon l13; c14 got s15; t4 raises Cancelled;
c14 caught Timeout 3; c14 got s16; c14 ends; root got nil; root raises Cancelled;
g8 result [[s9] [Cancelled Cancelled] Cancelled]; t4 cancelled 1; root Cancelled 3]=],
  },
  {
    program = {
      {"try", {"shield", {"shield", {"gather", {{"sleep", 2, "s1"}, {"sleep", 0, "s2"}}, true}}}},
      {"ticker", 3, "k3"},
      {"try", {"sleep", 0, "s4"}},
      {"try", {"sleep", 0, "s5"}},
      {"log", "l6"},
      {"spawn", "t7", {{"let", "g8", {"shield", {"coro", "c9", {{"ticker", 1, "k10"}, {"return",
        "r11"}}}}}, {"spawn", "t12", {{"await", {"sleep", 0, "s13"}}, {"await", {"wait_for",
        {"sleep", 3, "s14"}, 0}}, {"return", "r15"}}}, {"callback", "t12", "cb16"}, {"cancel",
        "g8"}, {"return", "r17"}}},
      {"try", {"gather", {{"gather", {{"sleep", 0.5, "s18"}, {"var", "t7"}, {"wait_for", {"var",
        "t7"}, -1}}, false}}, false}},
      {"cancel", "t7"},
      {"ticker", 3, "k19"},
      {"return", "r20"},
    },
    log = [=[
root starts; root got [s1 s2]; k3 tick 1; root got s4; k3 tick 2; root got s5; root l6; k3 tick 3;
t7 starts; t7 cancel g8 true; t7 ends; c9 starts; c9 ends; t12 starts; k10 tick 1; t12 got s13;
t12 raises Timeout; callback cb16; root got [[s18 r17 r17]]; root cancel t7 false; root ends;
k19 tick 1; k19 tick 2; g8 cancelled; t12 failed Timeout 0; t7 result r17 0; root r20 2.5;
k19 tick 3]=],
  },
  {
    program = {
      {"await", {"sleep", 3, "s1"}},
      {"try", {"gather", {{"shield", {"wait_for", {"coro", "c2", {{"return", "r5"}}}, 1}},
        {"wait_for", {"shield", {"sleep", 0, "s6"}}, 0.5}}, false}},
      {"log", "l7"},
      {"log", "l8"},
      {"log", "l9"},
      {"spawn", "t10", {{"log", "l11"}, {"await", {"wait_for", {"wait_for", {"sleep", 3, "s12"},
        5}, 1}}, {"try", {"gather", {}, true}}, {"return", "r13"}}},
      {"spawn", "t14", {{"ticker", 4, "k15"}, {"state", "t10"}, {"try_cancellable", {"var",
        "t10"}}, {"fut", "f16"}}},
      {"spawn", "t17", {}},
      {"fut", "f24"},
      {"spawn", "t25", {{"try_cancellable", {"wait_for", {"var", "t10"}, 1.5}}, {"await", {"coro",
        "c27", {{"await", {"gather", {{"coro", "c28", {{"state", "f24"}, {"return", "r29"}}}},
        true}}, {"raise", "e30"}}}}, {"raise", "e31"}}},
      {"finally", {{"spawn", "t32", {{"uncancel"}, {"raise", "e33"}}}, {"log", "l34"}, {"await",
        {"var", "t32"}}, {"spawn", "t35", {{"fut", "f36"}}}}, {{"soon", {{"cancel", "t17"}, {"log",
        "l37"}}}, {"fut", "f38"}, {"log", "l39"}, {"return", "r40"}}},
      {"raise", "e41"},
    },
    log = [=[
root starts; root got s1; c2 starts; c2 ends; root got [r5 s6]; root l7; root l8; root l9; root l34;
t10 starts; t10 l11; t14 starts; t14 t10 pending 0; t17 starts; t17 ends; t25 starts; t32 starts;
t32 uncancel 0; t32 raises e33; k15 tick 1; root finally; root l39; root raises e33; k15 tick 2;
soon cancel t17 false; soon l37; k15 tick 3; k15 tick 4; t10 raises Timeout; t14 caught Timeout 4;
t14 ends; t25 caught Timeout 4; c27 starts; c28 starts; c28 f24 result settled; c28 ends;
c27 got [r29]; c27 raises e30; t25 raises e30; f16 result settled; f24 result settled;
f38 result settled; t10 failed Timeout 0; t14 result nil 0; t17 result nil 0; t25 failed e30 0;
t32 failed e33 0; root e33 4]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"sleep", 0, "s1"}, 1.5}},
      {"try_cancellable", {"shield", {"wait_for", {"gather", {{"sleep", 3, "s2"}}, false}, 2}}},
      {"ticker", 2, "k3"},
      {"soon", {{"log", "l4"}, {"log", "l5"}}},
      {"try", {"gather", {{"coro", "c6", {{"log", "l7"}, {"later", 0, {{"log", "l8"}}}}}}, false}},
      {"try_cancellable", {"gather", {{"wait_for", {"wait_for", {"sleep", 0, "s9"}, 0.5}, 0.5},
        {"wait_for", {"wait_for", {"coro", "c10", {{"fut", "f11"}, {"return", "r12"}}}, false}, 0},
        {"coro", "c13", {{"await", {"shield", {"coro", "c14", {{"return", "r17"}}}}}, {"log",
        "l18"}, {"log", "l19"}}}}, true}},
      {"await", {"coro", "c20", {{"fut", "f21"}, {"cancel", "f21"}, {"try", {"gather", {{"sleep",
        1.5, "s22"}}, false}}, {"await", {"sleep", 0.5, "s23"}}}}},
      {"try", {"wait_for", {"coro", "c24", {{"await", {"wait_for", {"sleep", 2, "s25"}, 0.5}},
        {"try", {"sleep", 0, "s26"}}, {"await", {"shield", {"sleep", 2, "s27"}}}, {"return",
        "r28"}}}, 0.5}},
    },
    log = [=[
root starts; root got s1; root caught Timeout 2; k3 tick 1; soon l4; soon l5; c6 starts; c6 l7;
c6 ends; k3 tick 2; timer l8; root got [nil]; c13 starts; c14 starts; c14 ends; c13 got r17;
c13 l18; c13 l19; c13 ends; root got [s9 Timeout nil]; c20 starts; c20 cancel f21 true;
c20 got [s22]; c20 got s23; c20 ends; root got nil; c24 starts; c24 raises Cancelled;
root caught Timeout 4.5; root ends; f21 cancelled; root nil 4.5]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"gather", {{"coro", "c2", {{"await", {"coro", "c3",
        {{"as_completed", {{"sleep", 3, "s4"}}, 1}}}}}}}, false}}, true}},
      {"later", 1.5, {}},
      {"spawn", "t6", {{"fut", "f7"}, {"finally", {{"try", {"gather", {{"var", "g1"}, {"coro",
        "c8", {{"try", {"var", "f7"}}, {"return", "r9"}}}, {"var", "g1"}}, true}}, {"fut", "f10"},
        {"return", "r11"}}, {{"await", {"sleep", 2, "s12"}}, {"return", "r13"}}}, {"raise",
        "e14"}}},
      {"as_completed", {{"var", "g1"}, {"wait_for", {"sleep", 0, "s15"}, 0.5}, {"gather", {},
        false}}, 2, true},
      {"cancel", "g1"},
      {"later", 1, {{"cancel", "t6"}, {"cancel", "t6"}}},
      {"spawn", "t16", {{"state", "g1"}, {"await", {"sleep", 1.5, "s17"}}, {"ticker", 2, "k18"},
        {"return", "r19"}}},
    },
    log = [=[
root starts; c2 starts; c3 starts; t6 starts; c8 starts; root item []; root item s15;
c3 item raised Timeout; c3 ends; c2 got nil; c2 ends; root item [[nil]]; root cancel g1 false;
root ends; t16 starts; t16 g1 result [[nil]]; c8 got settled; c8 ends; t6 got [[[nil]] r9 [[nil]]];
t6 finally; timer cancel t6 true; timer cancel t6 true; t6 raises Cancelled; t16 got s17; t16 ends;
k18 tick 1; k18 tick 2; f10 result settled; f7 result settled; g1 result [[nil]]; t16 result r19 0;
t6 cancelled 2; root nil 2.5]=],
  },
  {
    program = {
      {"finally", {{"fut", "f1"}}, {{"fut", "f2"}, {"later", 2, {{"fail", "f2", "x3"}}}}},
      {"log", "l4"},
      {"log", "l5"},
      {"await", {"sleep", 2, "s6"}},
      {"spawn", "t7", {{"log", "l8"}, {"log", "l9"}, {"log", "l10"}, {"log", "l11"}, {"spawn",
        "t12", {{"soon", {{"log", "l13"}}}, {"try_cancellable", {"sleep", 1, "s14"}}}}, {"return",
        "r15"}}},
      {"try", {"gather", {{"var", "t7"}}, false}},
      {"spawn", "t16", {{"finally", {{"try_cancellable", {"shield", {"var", "t7"}}}, {"await",
        {"var", "t7"}}, {"state", "t7"}, {"raise", "e17"}}, {{"spawn", "t18", {{"cancel_self"}}},
        {"return", "r19"}}}, {"raise", "e20"}}},
      {"try_cancellable", {"wait", {"t16", "t7", "t7"}, 2, "FIRST_EXCEPTION"}},
      {"let", "g21", {"gather", {{"var", "t16"}, {"gather", {{"var", "t7"}}, false}, {"wait_for",
        {"var", "t16"}, 0.5}}, true}},
      {"cancel", "t16"},
      {"cancel", "t7"},
      {"as_completed", {{"sleep", 3, "s22"}, {"gather", {{"var", "g21"}, {"shield", {"coro", "c23",
        {{"as_completed", {{"coro", "c24", {{"as_completed", {{"coro", "c25", {{"later", 1.5,
        {}}}}}, false}}}, {"var", "t16"}, {"var", "g21"}}, false, true}}}}, {"wait_for", {"coro",
        "c26", {{"callback", "t16", "cb27"}, {"log", "l28"}, {"return", "r29"}}}, false}}, false}},
        false},
    },
    log = [=[
root starts; root finally; root l4; root l5; root got s6; t7 starts; t7 l8; t7 l9; t7 l10; t7 l11;
t7 ends; t12 starts; soon l13; root got [r15]; t16 starts; t16 got r15; t16 got r15;
t16 t7 result r15 0; t16 finally; t16 raises e17; t18 starts; t18 self cancel true; t18 ends;
root got d:t16,t7 p:; root cancel t16 false; root cancel t7 false; c23 starts; c26 starts; c26 l28;
c26 ends; c24 starts; callback cb27; c25 starts; c25 ends; c23 item e17; c23 item [e17 [r15] e17];
c24 item nil; c24 ends; c23 item nil; c23 ends; root item [[e17 [r15] e17] nil r29]; t12 got s14;
t12 ends; root item s22; root ends; f1 result settled; f2 failed x3; g21 result [e17 [r15] e17];
t12 result nil 0; t16 failed e17 0; t18 cancelled 1; t7 result r15 0; root nil 5]=],
  },
  {
    program = {
      {"uncancel"},
      {"uncancel"},
      {"fut", "f1"},
      {"as_completed", {{"wait", {"f1", "f1"}, 1, "FIRST_EXCEPTION"}, {"gather", {{"coro", "c2",
        {{"later", 0, {{"callback", "f1", "cb3"}}}, {"try", {"var", "f1"}}}}, {"shield", {"var",
        "f1"}}, {"shield", {"var", "f1"}}}, false}}, false},
      {"spawn", "t4", {{"try", {"gather", {{"var", "f1"}}, true}}, {"later", 1.5, {{"cancel",
        "f1"}}}}},
      {"ticker", 3, "k6"},
      {"callback", "t4", "cb7"},
      {"spawn", "t8", {{"spawn", "t9", {{"return", "r11"}}}, {"try", {"var", "f1"}}, {"finally",
        {{"as_completed", {{"sleep", 1, "s12"}}, 1}, {"raise", "e13"}}, {{"as_completed",
        {{"sleep", 0, "s14"}, {"var", "t4"}, {"var", "f1"}}, 0}}}, {"cancel_self"}, {"return",
        "r15"}}},
      {"fut", "f16"},
      {"raise", "e17"},
    },
    log = [=[
root starts; root uncancel 0; root uncancel 0; c2 starts; root item d: p:f1; c2 got settled;
c2 ends; callback cb3; root item [nil settled settled]; root raises e17; t4 starts;
t4 got [settled]; t4 ends; k6 tick 1; t8 starts; t8 got settled; callback cb7; k6 tick 2; t9 starts;
t9 ends; k6 tick 3; t8 item raised Timeout; t8 finally; t8 item nil; t8 item settled;
t8 item raised Timeout; t8 raises e13; f1 result settled; f16 result settled; t4 result nil 0;
t8 failed e13 0; t9 result r11 0; root e17 51]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try", {"wait_for", {"shield", {"sleep", 0, "s2"}}, 1.5}}, {"log", "l3"},
        {"try_cancellable", {"shield", {"wait_for", {"coro", "c4", {{"log", "l5"}, {"return",
        "r6"}}}, -1}}}, {"await", {"gather", {{"shield", {"coro", "c7", {{"log", "l8"}, {"return",
        "r9"}}}}}, false}}}},
      {"let", "g10", {"shield", {"wait", {"t1", "t1", "t1"}, 0, "ALL_COMPLETED"}}},
      {"try", {"var", "t1"}},
      {"spawn", "t11", {{"finally", {{"await", {"sleep", 1.5, "s13"}}}, {{"await", {"sleep", 1,
        "s14"}}, {"raise", "e19"}}}, {"spawn", "t20", {{"await", {"wait_for", {"var", "g10"},
        false}}}}, {"return", "r21"}}},
      {"as_completed", {{"shield", {"gather", {{"var", "t1"}, {"var", "g10"}, {"coro", "c22",
        {{"cancel", "t1"}, {"raise", "e23"}}}}, false}}}, 0},
      {"cancel_self"},
      {"cancel", "t11"},
      {"await", {"sleep", 1.5, "s24"}},
      {"return", "r25"},
    },
    log = [=[
root starts; t1 starts; t1 got s2; t1 l3; t1 caught Timeout 0; c7 starts; c7 l8; c7 ends;
t1 got [r9]; t1 ends; root got nil; t11 starts; c22 starts; c22 cancel t1 false; c22 raises e23;
root item raised Timeout; root self cancel true; root cancel t11 true; t11 finally;
root raises Cancelled; t11 got s14; t11 raises e19; g10 result d: p:t1; t1 result nil 0;
t11 failed e19 1; root Cancelled 1]=],
  },
  {
    program = {
      {"try", {"gather", {{"gather", {{"sleep", 0, "s1"}, {"shield", {"coro", "c2",
        {{"as_completed", {{"sleep", 0, "s3"}, {"sleep", 3, "s4"}}, false, true}}}}, {"sleep", 0,
        "s5"}}, false}}, true}},
      {"try", {"gather", {{"gather", {{"coro", "c6", {{"return", "r11"}}}, {"gather", {{"sleep", 0,
        "s12"}, {"sleep", 0, "s13"}, {"sleep", 3, "s14"}}, false}, {"wait_for", {"coro", "c15",
        {{"fut", "f16"}, {"raise", "e17"}}}, 2}}, true}, {"sleep", 0, "s18"}}, true}},
      {"await", {"sleep", 1, "s19"}},
      {"try_cancellable", {"wait_for", {"sleep", 3, "s20"}, 1.5}},
      {"spawn", "t21", {{"try", {"shield", {"wait_for", {"sleep", 2, "s22"}, 1}}}, {"return",
        "r23"}}},
      {"let", "g24", {"gather", {{"gather", {{"var", "t21"}, {"var", "t21"}}, false}, {"var",
        "t21"}}, false}},
      {"finally", {{"await", {"gather", {}, false}}}, {{"finally", {{"as_completed", {{"sleep", 0,
        "s25"}, {"var", "g24"}, {"coro", "c26", {{"spawn", "t27", {{"as_completed", {{"var",
        "t21"}}, 2}, {"return", "r28"}}}}}}, 2, true}}, {}}}},
      {"cancel", "g24"},
      {"callback", "g24", "cb30"},
      {"soon", {{"cancel", "t21"}}},
    },
    log = [=[
root starts; c2 starts; c2 item s3; c2 item s4; c2 ends; root got [[s1 nil s5]]; c6 starts; c6 ends;
c15 starts; c15 raises e17; root got [[r11 [s12 s13 s14] e17] s18]; root got s19;
root caught Timeout 8.5; root got []; root finally; t21 starts; c26 starts; c26 ends; t27 starts;
root item nil; root item s25; t21 caught Timeout 9.5; t21 ends; t27 item r23; t27 ends;
root item [[r23 r23] r23]; root finally; root cancel g24 false; root ends; callback cb30;
soon cancel t21 false; f16 result settled; g24 result [[r23 r23] r23]; t21 result r23 0;
t27 result r28 0; root nil 9.5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"cancel_self"},
      {"spawn", "t3", {{"spawn", "t4", {{"cancel", "f1"}, {"cancel_self"}}}, {"fail", "f1", "x6"}}},
      {"spawn", "t7", {{"let", "g8", {"shield", {"var", "t3"}}}, {"soon", {{"callback", "f1",
        "cb9"}}}, {"try", {"var", "t3"}}, {"return", "r10"}}},
      {"spawn", "t11", {{"fut", "f12"}, {"await", {"var", "f12"}}, {"return", "r13"}}},
      {"let", "g14", {"gather", {{"shield", {"var", "f1"}}}, true}},
      {"try", {"wait_for", {"gather", {{"shield", {"coro", "c15", {{"await", {"var", "t7"}}}}},
        {"coro", "c16", {{"ticker", 3, "k17"}, {"later", 1, {{"cancel", "t3"}}}}}, {"gather", {},
        false}}, false}, 0.5}},
      {"await", {"sleep", 1, "s18"}},
      {"try", {"wait_for", {"var", "t11"}, 5}},
      {"fut", "f19"},
    },
    log = [=[
root starts; root self cancel true; t3 starts; t3 ends; t7 starts; t7 got nil; t7 ends; t11 starts;
c15 starts; c15 got r10; c15 ends; t4 starts; t4 cancel f1 false; t4 self cancel true; t4 ends;
root caught Cancelled 0; callback cb9; root got s18; t11 raises Cancelled; root caught Timeout 6;
root ends; f1 failed x6; f12 cancelled; f19 result settled; g14 result [x6]; g8 result nil;
t11 cancelled 1; t3 result nil 0; t4 cancelled 1; t7 result r10 0; root nil 6]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"let", "g3", {"shield", {"gather", {{"sleep", 0.5, "s4"}, {"sleep", 0, "s5"}, {"coro", "c6",
        {{"log", "l7"}}}}, false}}},
      {"try", {"shield", {"var", "g3"}}},
      {"cancel", "g3"},
      {"cancel", "g3"},
      {"cancel", "g3"},
      {"ticker", 4, "k8"},
      {"soon", {{"cancel", "g3"}, {"cancel", "g3"}}},
      {"finally", {{"try_cancellable", {"wait_for", {"sleep", 0, "s10"}, 2}}, {"state", "g3"},
        {"ticker", 4, "k11"}, {"return", "r12"}}, {{"ticker", 4, "k13"}, {"return", "r14"}}},
    },
    log = [=[
root starts; root l1; root l2; c6 starts; c6 l7; c6 ends; root got [s4 s5 nil];
root cancel g3 false; root cancel g3 false; root cancel g3 false; k8 tick 1; soon cancel g3 false;
soon cancel g3 false; root got s10; root g3 result [s4 s5 nil]; root finally; root ends; k8 tick 2;
k11 tick 1; k13 tick 1; k8 tick 3; k11 tick 2; k13 tick 2; g3 result [s4 s5 nil]; root nil 0.5;
k8 tick 4; k11 tick 3; k13 tick 3]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"try", {"gather", {}, false}},
      {"await", {"sleep", 0, "s3"}},
      {"try", {"wait_for", {"gather", {{"wait_for", {"sleep", 1, "s4"}, 1}}, true}, 5}},
      {"try_cancellable", {"sleep", 0, "s5"}},
      {"ticker", 2, "k6"},
      {"spawn", "t9", {{"log", "l10"}, {"try", {"shield", {"wait_for", {"sleep", 0, "s11"}, 0.5}}},
        {"await", {"sleep", 0, "s12"}}, {"raise", "e13"}}},
      {"later", 1, {}},
      {"spawn", "t14", {{"soon", {{"cancel", "t9"}}}, {"await", {"var", "t9"}}, {"raise", "e15"}}},
      {"fut", "f16"},
      {"let", "g17", {"gather", {{"shield", {"sleep", 0, "s18"}}, {"gather", {}, false}}, false}},
      {"return", "r19"},
    },
    log = [=[
root starts; root l1; root l2; root got []; root got s3; root got [Timeout]; root got s5; root ends;
k6 tick 1; t9 starts; t9 l10; t14 starts; k6 tick 2; soon cancel t9 true; t9 caught Cancelled 1;
t9 got s12; t9 raises e13; t14 raises e13; f16 result settled; g17 result [s18 []];
t14 failed e13 0; t9 failed e13 1; root r19 1]=],
  },
  {
    program = {
      {"uncancel"},
      {"fut", "f1"},
      {"await", {"coro", "c2", {{"spawn", "t3", {{"fut", "f4"}, {"spawn", "t5", {{"callback", "f1",
        "cb6"}, {"fail", "f1", "x7"}, {"cancel", "f4"}, {"cancel", "f1"}, {"return", "r8"}}},
        {"return", "r9"}}}, {"as_completed", {{"shield", {"coro", "c10", {{"try_cancellable",
        {"var", "f1"}}, {"raise", "e11"}}}}, {"sleep", 1, "s12"}, {"var", "t3"}}, false}, {"await",
        {"sleep", 0, "s13"}}}}},
      {"fut", "f14"},
      {"await", {"wait", {"f1", "f1"}, 1, "FIRST_COMPLETED"}},
      {"spawn", "t15", {{"try_cancellable", {"gather", {{"shield", {"var", "f1"}}, {"wait_for",
        {"coro", "c16", {{"cancel", "f1"}, {"log", "l18"}, {"return", "r19"}}}, 1}}, true}}}},
      {"await", {"sleep", 2, "s20"}},
      {"callback", "f14", "cb21"},
    },
    log = [=[
root starts; root uncancel 0; c2 starts; t3 starts; t3 ends; c10 starts; t5 starts;
t5 cancel f4 true; t5 cancel f1 false; t5 ends; c10 caught x7 0; c10 raises e11; callback cb6;
c2 item r9; c2 item raised e11; c2 item s12; c2 got s13; c2 ends; root got nil; root got d:f1 p:;
t15 starts; c16 starts; c16 cancel f1 false; c16 l18; c16 ends; t15 got [x7 r19]; t15 ends;
root got s20; root ends; f1 failed x7; f14 result settled; f4 cancelled; t15 result nil 0;
t3 result r9 0; t5 result r8 0; root nil 3; callback cb21]=],
  },
  {
    program = {
      {"as_completed", {{"sleep", 0, "s1"}}, 2},
      {"log", "l2"},
      {"log", "l3"},
      {"try", {"gather", {{"wait_for", {"wait_for", {"coro", "c4", {{"log", "l5"}}}, 1.5}, 1},
        {"gather", {{"sleep", 0, "s6"}}, false}, {"coro", "c7", {{"try", {"coro", "c8", {{"soon",
        {{"log", "l9"}}}}}}, {"log", "l10"}, {"log", "l11"}, {"return", "r12"}}}}, false}},
      {"await", {"gather", {{"wait_for", {"gather", {}, false}, 0}, {"wait_for", {"wait_for",
        {"coro", "c13", {{"as_completed", {{"sleep", 0, "s14"}, {"coro", "c15",
        {{"try_cancellable", {"coro", "c16", {{"return", "r17"}}}}}}}, false}}}, 0.5}, 1.5},
        {"wait_for", {"sleep", 0, "s18"}, 5}}, true}},
      {"await", {"gather", {{"wait_for", {"wait_for", {"coro", "c19", {{"await", {"sleep", 0,
        "s20"}}, {"return", "r21"}}}, 2}, 1}, {"shield", {"gather", {{"coro", "c22",
        {{"as_completed", {{"coro", "c23", {}}, {"sleep", 0, "s26"}, {"sleep", 0, "s27"}}, 2,
        true}}}, {"sleep", 0, "s28"}}, false}}}, true}},
      {"log", "l29"},
      {"log", "l30"},
      {"fut", "f31"},
      {"spawn", "t32", {{"let", "g33", {"shield", {"coro", "c34", {{"later", 0, {{"log", "l35"}}},
        {"raise", "e36"}}}}}, {"await", {"sleep", 3, "s37"}}, {"try_cancellable", {"gather",
        {{"gather", {{"sleep", 0, "s38"}, {"var", "g33"}}, true}}, true}}, {"fut", "f39"},
        {"return", "r40"}}},
      {"return", "r41"},
    },
    log = [=[
root starts; root item s1; root l2; root l3; c4 starts; c4 l5; c4 ends; c7 starts; c8 starts;
c8 ends; c7 got nil; c7 l10; c7 l11; c7 ends; soon l9; root got [nil [s6] r12]; c13 starts;
c15 starts; c16 starts; c16 ends; c15 got r17; c15 ends; c13 item nil; c13 item s14; c13 ends;
root got [[] nil s18]; c22 starts; c19 starts; c23 starts; c23 ends; c19 got s20; c19 ends;
c22 item nil; c22 item s26; c22 item s27; c22 ends; root got [r21 [nil s28]]; root l29; root l30;
root ends; t32 starts; c34 starts; c34 raises e36; timer l35; t32 got s37; t32 got [[s38 e36]];
t32 ends; f31 result settled; f39 result settled; g33 failed e36; t32 result r40 0; root r41 3]=],
  },
  {
    program = {
      {"later", 0, {{"log", "l3"}}},
      {"await", {"sleep", 3, "s4"}},
      {"await", {"sleep", 0, "s5"}},
      {"as_completed", {{"gather", {{"shield", {"coro", "c6", {}}}, {"wait_for", {"sleep", 0,
        "s9"}, -1}}, true}, {"coro", "c10", {{"raise", "e11"}}}, {"sleep", 2, "s12"}}, 2},
      {"await", {"gather", {{"coro", "c13", {{"await", {"sleep", 1.5, "s14"}}, {"return", "r15"}}},
        {"shield", {"wait_for", {"sleep", 0, "s16"}, 1.5}}, {"wait_for", {"wait_for", {"coro",
        "c17", {{"raise", "e18"}}}, 0.5}, -1}}, true}},
      {"spawn", "t19", {{"fut", "f20"}, {"finally", {}, {{"try", {"var", "f20"}}, {"state",
        "f20"}}}, {"spawn", "t22", {{"set", "f20", "x23"}, {"try_cancellable", {"coro", "c24",
        {{"callback", "f20", "cb25"}, {"as_completed", {{"var", "f20"}, {"var", "f20"}, {"var",
        "f20"}}, false}, {"return", "r26"}}}}, {"return", "r27"}}}, {"return", "r28"}}},
      {"return", "r29"},
    },
    log = [=[
root starts; timer l3; root got s4; root got s5; c6 starts; c6 ends; c10 starts; c10 raises e11;
root item raised e11; root item [nil Timeout]; root item raised Timeout; c13 starts; c13 got s14;
c13 ends; root got [r15 s16 Timeout]; root ends; t19 starts; t19 finally; t19 got settled;
t19 f20 result settled; t19 ends; t22 starts; c24 starts; callback cb25; c24 item settled; c24 ends;
t22 got r26; t22 ends; f20 result settled; t19 result r28 0; t22 result r27 0; root r29 6.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"await", {"sleep", 1, "s2"}},
      {"spawn", "t3", {{"log", "l4"}, {"await", {"shield", {"sleep", 0, "s5"}}}, {"raise", "e6"}}},
      {"try", {"gather", {{"var", "t3"}}, false}},
      {"uncancel"},
      {"later", 0, {{"log", "l7"}}},
      {"let", "g8", {"gather", {{"wait", {"t3", "t3"}, false, "FIRST_EXCEPTION"}, {"wait", {"t3",
        "t3", "t3"}, false, "ALL_COMPLETED"}}, false}},
      {"await", {"shield", {"var", "g8"}}},
      {"state", "g8"},
      {"cancel", "t3"},
      {"cancel", "g8"},
      {"as_completed", {{"sleep", 0, "s13"}, {"sleep", 0.5, "s14"}}, false},
      {"return", "r16"},
    },
    log = [=[
root starts; root l1; root got s2; t3 starts; t3 l4; t3 got s5; t3 raises e6; root caught e6 1;
root uncancel 0; timer l7; root got [d:t3 p: d:t3 p:]; root g8 result [d:t3 p: d:t3 p:];
root cancel t3 false; root cancel g8 false; root item s13; root item s14; root ends;
g8 result [d:t3 p: d:t3 p:]; t3 failed e6 0; root r16 1.5]=],
  },
  {
    program = {
      {"try", {"coro", "c1", {{"try", {"gather", {{"shield", {"coro", "c2", {{"try_cancellable",
        {"sleep", 0, "s3"}}, {"return", "r4"}}}}}, false}}, {"return", "r5"}}}},
      {"let", "g6", {"gather", {{"gather", {{"coro", "c7", {{"return", "r10"}}}}, false},
        {"wait_for", {"coro", "c11", {{"log", "l12"}}}, false}, {"wait_for", {"sleep", 0.5, "s13"},
        1}}, true}},
      {"try", {"gather", {{"gather", {{"coro", "c14", {{"fut", "f15"}, {"raise", "e16"}}},
        {"gather", {{"var", "g6"}}, true}}, false}}, false}},
      {"soon", {}},
      {"cancel", "g6"},
      {"await", {"sleep", 2, "s17"}},
      {"as_completed", {{"wait_for", {"var", "g6"}, 0}, {"gather", {{"var", "g6"}}, true}}, false,
        true},
      {"spawn", "t18", {{"cancel_self"}, {"spawn", "t19", {{"finally", {{"later", 1.5, {{"cancel",
        "g6"}}}, {"raise", "e20"}}, {{"later", 0.5, {}}, {"raise", "e21"}}}, {"fut", "f22"}}},
        {"later", 1.5, {}}, {"raise", "e23"}}, true},
      {"cancel", "t18"},
      {"cancel", "g6"},
      {"as_completed", {{"wait_for", {"wait_for", {"sleep", 1, "s24"}, -1}, -1}, {"shield",
        {"sleep", 0.5, "s25"}}, {"var", "t18"}}, 1},
      {"try_cancellable", {"wait", {"t18", "t18", "t18"}, false, "ALL_COMPLETED"}},
      {"await", {"sleep", 1, "s30"}},
    },
    log = [=[
root starts; c1 starts; c2 starts; c2 got s3; c2 ends; c1 got [r4]; c1 ends; root got r5; c7 starts;
c7 ends; c11 starts; c11 l12; c11 ends; c14 starts; c14 raises e16; root caught e16 0;
root cancel g6 true; root got s17; root item [Cancelled]; root item Cancelled; t18 starts;
t18 self cancel true; t18 raises e23; root cancel t18 false; root cancel g6 false; t19 starts;
t19 finally; t19 raises e21; root item raised e23; root item raised Timeout; root item s25;
root got d:t18 p:; timer cancel g6 false; root got s30; root ends; f15 result settled;
g6 failed Cancelled; t18 failed e23 1; t19 failed e21 0; root nil 3.5]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}, {"log", "l2"}}},
      {"let", "g3", {"shield", {"wait_for", {"coro", "c4", {{"cancel_self"}, {"raise", "e5"}}},
        -1}}},
      {"soon", {{"cancel", "g3"}, {"cancel", "g3"}}},
      {"try", {"sleep", 1, "s6"}},
      {"await", {"sleep", 0, "s7"}},
      {"try_cancellable", {"wait", {"g3"}, 2, "FIRST_EXCEPTION"}},
      {"try_cancellable", {"shield", {"gather", {{"shield", {"coro", "c8", {{"fut", "f9"},
        {"raise", "e10"}}}}}, true}}},
      {"later", 1, {{"cancel", "g3"}}},
      {"let", "g11", {"gather", {{"gather", {{"var", "g3"}}, true}}, false}},
      {"finally", {{"ticker", 3, "k12"}, {"log", "l13"}, {"await", {"var", "g3"}}, {"callback",
        "g11", "cb14"}}, {{"fut", "f15"}, {"return", "r16"}}},
      {"later", 0, {{"log", "l17"}}},
      {"raise", "e18"},
    },
    log = [=[
root starts; soon l1; soon l2; soon cancel g3 true; soon cancel g3 false; root got s6; root got s7;
root got d:g3 p:; c8 starts; c8 raises e10; root got [e10]; root l13; root finally;
root raises Cancelled; k12 tick 1; k12 tick 2; f15 result settled; f9 result settled;
g11 result [[Cancelled]]; g3 cancelled; root Cancelled 1; k12 tick 3]=],
  },
  {
    program = {
      {"await", {"shield", {"sleep", 0, "s1"}}},
      {"await", {"sleep", 3, "s2"}},
      {"ticker", 1, "k3"},
      {"try_cancellable", {"shield", {"wait_for", {"shield", {"sleep", 0.5, "s4"}}, 1}}},
      {"let", "g5", {"gather", {{"gather", {{"sleep", 1, "s6"}, {"sleep", 1, "s7"}}, false}},
        true}},
      {"fut", "f8"},
      {"await", {"var", "g5"}},
      {"as_completed", {{"coro", "c9", {{"await", {"wait", {"f8", "f8", "g5"}, 0,
        "FIRST_COMPLETED"}}, {"try_cancellable", {"var", "f8"}}, {"raise", "e10"}}}, {"gather",
        {{"shield", {"var", "f8"}}, {"gather", {{"sleep", 0, "s11"}, {"var", "f8"}, {"coro", "c12",
        {{"cancel_self"}}}}, false}}, true}}, 0},
      {"try", {"var", "g5"}},
      {"spawn", "t13", {{"cancel", "f8"}, {"cancel", "g5"}, {"return", "r15"}}},
      {"raise", "e16"},
    },
    log = [=[
root starts; root got s1; root got s2; k3 tick 1; root got s4; root got [[s6 s7]]; c12 starts;
c12 self cancel true; c12 ends; c9 starts; root item raised Timeout; root item raised Timeout;
root got [[s6 s7]]; root raises e16; c9 got d:g5 p:f8; t13 starts; t13 cancel f8 true;
t13 cancel g5 false; t13 ends; c9 raises Cancelled; f8 cancelled; g5 result [[s6 s7]];
t13 result r15 0; root e16 4.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try", {"coro", "c2", {{"spawn", "t3", {{"ticker", 4, "k4"}, {"raise",
        "e5"}}, true}, {"spawn", "t6", {{"try_cancellable", {"coro", "c7", {{"try", {"var", "t3"}},
        {"return", "r8"}}}}, {"log", "l9"}, {"return", "r10"}}}, {"return", "r11"}}}}, {"try",
        {"wait_for", {"sleep", 2, "s12"}, 1}}, {"fut", "f13"}}},
      {"await", {"gather", {{"sleep", 0, "s14"}}, false}},
      {"let", "g15", {"gather", {{"wait_for", {"var", "t1"}, 1}, {"wait_for", {"sleep", 1, "s16"},
        0}, {"var", "t1"}}, true}},
      {"finally", {{"spawn", "t17", {{"try_cancellable", {"var", "g15"}}, {"try", {"var", "g15"}},
        {"return", "r18"}}}, {"as_completed", {{"shield", {"var", "t1"}}}, false, true},
        {"as_completed", {{"coro", "c19", {{"await", {"sleep", 1, "s20"}}}}}, 0}, {"return",
        "r21"}}, {{"later", 0, {}}, {"later", 1, {{"cancel", "t1"}, {"log", "l22"}}}, {"soon",
        {{"log", "l23"}, {"callback", "g15", "cb24"}}}, {"return", "r25"}}},
      {"try", {"wait_for", {"gather", {{"wait_for", {"var", "g15"}, 1}}, false}, 2}},
      {"raise", "e31"},
    },
    log = [=[
root starts; t1 starts; c2 starts; t3 starts; t3 raises e5; c2 ends; t1 got r11; k4 tick 1;
t6 starts; c7 starts; c7 caught e5 0; c7 ends; t6 got r8; t6 l9; t6 ends; k4 tick 2; k4 tick 3;
root got [s14]; k4 tick 4; t17 starts; t1 caught Cancelled 1; t1 ends; root item nil;
t17 got [nil Timeout nil]; t17 got [nil Timeout nil]; t17 ends; c19 starts;
root item raised Timeout; root finally; soon l23; callback cb24; root got [[nil Timeout nil]];
root raises e31; f13 result settled; g15 result [nil Timeout nil]; t1 result nil 1;
t17 result r18 0; t3 failed e5 0; t6 result r10 0; root e31 1]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try_cancellable", {"coro", "c2", {{"uncancel"}, {"return", "r3"}}}},
        {"let", "g4", {"gather", {{"sleep", 2, "s5"}}, false}}, {"try", {"shield", {"var", "g4"}}},
        {"state", "g4"}}},
      {"callback", "t1", "cb6"},
      {"as_completed", {{"var", "t1"}}, 1},
      {"soon", {}},
      {"try", {"var", "t1"}},
      {"fut", "f7"},
      {"let", "g8", {"shield", {"gather", {{"var", "t1"}, {"var", "f7"}}, false}}},
      {"fut", "f9"},
      {"fut", "f10"},
      {"state", "t1"},
      {"spawn", "t11", {{"spawn", "t12", {{"await", {"sleep", 0.5, "s13"}}, {"fut", "f14"}}, true},
        {"soon", {{"log", "l15"}, {"callback", "g8", "cb16"}}}, {"ticker", 4, "k17"}}},
      {"finally", {{"spawn", "t18", {{"try", {"gather", {{"var", "t1"}, {"var", "f10"}, {"coro",
        "c19", {{"later", 0, {{"fail", "f10", "x20"}, {"callback", "g8", "cb21"}}}, {"raise",
        "e22"}}}}, true}}, {"return", "r23"}}}, {"state", "t1"}, {"await", {"sleep", 1, "s24"}},
        {"spawn", "t25", {{"set", "f9", "x26"}, {"cancel", "t1"}, {"await", {"wait", {"t18", "t1",
        "f7"}, 1, "FIRST_EXCEPTION"}}, {"raise", "e32"}}, true}, {"raise", "e33"}}, {{"spawn",
        "t35", {{"try", {"coro", "c36", {{"try_cancellable", {"var", "g8"}}, {"raise", "e37"}}}},
        {"log", "l38"}, {"callback", "f9", "cb39"}, {"raise", "e40"}}}, {"as_completed", {{"var",
        "t35"}, {"var", "t35"}}, false}}},
    },
    log = [=[
root starts; t1 starts; c2 starts; c2 uncancel 0; c2 ends; t1 got r3; root item raised Timeout;
t1 got [s5]; t1 g4 result [s5]; t1 ends; callback cb6; root got nil; root t1 result nil 0;
root t1 result nil 0; t11 starts; t12 starts; t11 ends; t18 starts; soon l15; k17 tick 1;
c19 starts; c19 raises e22; k17 tick 2; k17 tick 3; k17 tick 4; t18 got [nil x20 e22]; t18 ends;
t12 got s13; t12 ends; root got s24; t25 starts; t25 cancel t1 false; root finally; t35 starts;
c36 starts; t25 got d:t18,t1 p:f7; t25 raises e32; callback cb16; callback cb21;
c36 got [nil settled]; c36 raises e37; t35 caught e37 50; t35 l38; t35 raises e40; callback cb39;
root item raised e40; root raises e33; f10 failed x20; f14 result settled; f7 result settled;
f9 result x26; g4 result [s5]; g8 result [nil settled]; t1 result nil 0; t11 result nil 0;
t12 result nil 0; t18 result r23 0; t25 failed e32 0; t35 failed e40 0; root e33 50]=],
  },
  {
    program = {
      {"as_completed", {{"shield", {"sleep", 0, "s1"}}, {"coro", "c2", {{"try_cancellable",
        {"shield", {"sleep", 1, "s3"}}}, {"soon", {{"log", "l4"}}}, {"raise", "e5"}}}, {"wait_for",
        {"gather", {{"coro", "c6", {{"later", 3, {{"log", "l7"}}}}}, {"sleep", 1, "s8"}}, false},
        -1}}, 1, true},
      {"let", "g9", {"shield", {"gather", {}, false}}},
      {"await", {"wait", {"g9", "g9"}, 1, "FIRST_EXCEPTION"}},
      {"try", {"wait_for", {"gather", {{"coro", "c10", {{"as_completed", {{"sleep", 0, "s11"},
        {"var", "g9"}, {"coro", "c12", {{"state", "g9"}, {"return", "r13"}}}}, 2}}}}, false}, 2}},
      {"await", {"var", "g9"}},
      {"log", "l15"},
      {"finally", {{"spawn", "t16", {{"fut", "f17"}, {"await", {"sleep", 3, "s18"}}, {"return",
        "r19"}}}}, {{"state", "g9"}, {"ticker", 2, "k20"}, {"ticker", 1, "k21"}}},
      {"let", "g22", {"gather", {{"shield", {"var", "g9"}}, {"wait_for", {"var", "g9"}, 0.5}},
        true}},
    },
    log = [=[
root starts; c6 starts; c6 ends; c2 starts; root item s1; root item Timeout; root items Timeout;
root got d:g9 p:; c2 got s3; c2 raises e5; c10 starts; soon l4; c12 starts; c12 g9 result [];
c12 ends; c10 item []; c10 item r13; c10 item s11; c10 ends; root got [nil]; root got []; root l15;
root finally; root g9 result []; root ends; t16 starts; k20 tick 1; k21 tick 1; k20 tick 2;
timer l7; t16 got s18; t16 ends; f17 result settled; g22 result [[] []]; g9 result [];
t16 result r19 0; root nil 4]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try", {"shield", {"coro", "c2", {{"return", "r5"}}}}}, {"try_cancellable",
        {"wait_for", {"gather", {}, false}, 1}}, {"let", "g6", {"shield", {"coro", "c7", {{"soon",
        {{"log", "l8"}, {"log", "l9"}}}, {"return", "r10"}}}}}, {"raise", "e11"}}},
      {"spawn", "t12", {{"await", {"wait_for", {"var", "t1"}, -1}}, {"return", "r13"}}},
      {"try_cancellable", {"var", "t12"}},
      {"try", {"gather", {{"gather", {{"gather", {{"var", "t12"}, {"var", "t1"}}, false},
        {"shield", {"sleep", 1.5, "s14"}}}, false}}, true}},
      {"let", "g15", {"gather", {{"shield", {"var", "t12"}}}, true}},
      {"try", {"var", "g15"}},
      {"spawn", "t16", {{"finally", {{"as_completed", {{"var", "t1"}, {"var", "g15"}, {"sleep", 3,
        "s17"}}, 2}, {"await", {"gather", {{"sleep", 1, "s18"}, {"var", "t12"}, {"var", "t1"}},
        false}}}, {{"cancel", "g15"}, {"raise", "e19"}}}, {"await", {"gather", {{"coro", "c20",
        {{"uncancel"}, {"await", {"sleep", 1, "s21"}}}}}, true}}}},
      {"return", "r22"},
    },
    log = [=[
root starts; t1 starts; t12 starts; c2 starts; c2 ends; t1 caught Cancelled 0; t1 got [];
t1 raises e11; c7 starts; c7 ends; soon l8; soon l9; t12 raises e11; root caught e11 0;
root got [e11]; root got [e11]; root ends; t16 starts; t16 item raised e11; t16 item [e11];
t16 item raised Timeout; t16 finally; t16 cancel g15 false; t16 raises e19; g15 result [e11];
g6 result r10; t1 failed e11 1; t12 failed e11 0; t16 failed e19 0; root r22 2]=],
  },
  {
    program = {
      {"ticker", 2, "k1"},
      {"log", "l2"},
      {"log", "l3"},
      {"try", {"gather", {{"wait_for", {"sleep", 2, "s4"}, false}}, false}},
      {"log", "l5"},
      {"log", "l6"},
      {"later", 0.5, {{"log", "l7"}}},
      {"as_completed", {{"wait_for", {"gather", {{"sleep", 2, "s8"}, {"coro", "c9", {{"try",
        {"sleep", 0, "s10"}}}}, {"sleep", 0, "s11"}}, false}, 0}, {"gather", {{"wait_for", {"coro",
        "c12", {{"try_cancellable", {"sleep", 1, "s13"}}}}, 0}, {"sleep", 0, "s14"}, {"coro",
        "c15", {}}}, false}}, false},
      {"as_completed", {{"shield", {"sleep", 0, "s16"}}, {"shield", {"sleep", 2, "s17"}}}, 1},
      {"ticker", 4, "k18"},
      {"let", "g19", {"gather", {{"sleep", 0, "s20"}, {"wait_for", {"sleep", 1.5, "s21"}, 5}},
        true}},
      {"try", {"shield", {"var", "g19"}}},
      {"try", {"var", "g19"}},
      {"raise", "e22"},
    },
    log = [=[
root starts; root l2; root l3; k1 tick 1; k1 tick 2; root got [s4]; root l5; root l6; c9 starts;
c15 starts; c15 ends; c9 caught Cancelled 2; c9 ends; root item raised Timeout;
root item raised Timeout; root item s16; timer l7; root item raised Timeout; k18 tick 1; k18 tick 2;
k18 tick 3; k18 tick 4; root got [s20 s21]; root got [s20 s21]; root raises e22;
g19 result [s20 s21]; root e22 4.5]=],
  },
  {
    program = {
      {"as_completed", {{"gather", {{"wait_for", {"coro", "c1", {{"try", {"coro", "c2", {{"ticker",
        1, "k3"}}}}, {"raise", "e4"}}}, 0.5}}, true}}, 2},
      {"try_cancellable", {"gather", {{"sleep", 0, "s5"}, {"wait_for", {"shield", {"sleep", 1,
        "s6"}}, 2}, {"gather", {{"coro", "c7", {{"soon", {{"log", "l8"}}}, {"later", 0, {{"log",
        "l9"}}}}}}, false}}, false}},
      {"spawn", "t10", {{"await", {"sleep", 0, "s11"}}, {"await", {"sleep", 3, "s12"}}, {"raise",
        "e13"}}},
      {"as_completed", {{"coro", "c14", {{"try", {"wait_for", {"var", "t10"}, 2}}, {"spawn", "t15",
        {{"await", {"sleep", 1, "s16"}}, {"return", "r17"}}, true}, {"state", "t15"}}}}, 1, true},
      {"finally", {{"later", 1, {}}, {"try_cancellable", {"wait_for", {"var", "t10"}, 0.5}}},
        {{"state", "t10"}, {"soon", {{"log", "l18"}, {"cancel", "t10"}}}}},
      {"log", "l19"},
      {"callback", "t10", "cb20"},
      {"cancel", "t10"},
      {"return", "r21"},
    },
    log = [=[
root starts; c1 starts; c2 starts; c2 ends; c1 got nil; c1 raises e4; k3 tick 1; root item [e4];
c7 starts; c7 ends; soon l8; timer l9; root got [s5 s6 [nil]]; t10 starts; c14 starts; t10 got s11;
root items Timeout; t10 raises Cancelled; c14 caught Cancelled 2.5; t15 starts; c14 t15 pending 0;
c14 ends; root caught Timeout 2.5; root finally; root t10 cancelled 1; root l19;
root cancel t10 false; root ends; soon l18; soon cancel t10 false; callback cb20; t15 got s16;
t15 ends; t10 cancelled 1; t15 result r17 0; root r21 3.5]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"sleep", 0, "s2"}, {"gather", {{"sleep", 1.5, "s3"}, {"coro",
        "c4", {{"soon", {{"log", "l5"}}}, {"return", "r6"}}}}, false}, {"sleep", 3, "s7"}}, true}},
      {"spawn", "t8", {{"finally", {{"soon", {{"cancel", "g1"}}}, {"spawn", "t11", {{"log", "l12"},
        {"cancel", "g1"}}}, {"raise", "e13"}}, {{"soon", {}}}}}},
      {"await", {"sleep", 1, "s14"}},
      {"try", {"wait_for", {"wait_for", {"wait_for", {"coro", "c15", {{"try", {"var", "g1"}}}},
        1.5}, false}, 1}},
      {"cancel", "g1"},
      {"await", {"sleep", 2, "s16"}},
      {"try", {"shield", {"gather", {{"wait", {"g1"}, 2, "FIRST_COMPLETED"}, {"shield", {"coro",
        "c17", {{"soon", {{"log", "l18"}}}, {"raise", "e19"}}}}}, true}}},
      {"log", "l20"},
      {"fut", "f21"},
      {"raise", "e22"},
    },
    log = [=[
root starts; c4 starts; c4 ends; t8 starts; t8 finally; t8 raises e13; soon l5; soon cancel g1 true;
t11 starts; t11 l12; t11 cancel g1 true; t11 ends; root got s14; c15 starts; c15 caught Cancelled 1;
c15 ends; root got nil; root cancel g1 false; root got s16; c17 starts; c17 raises e19; soon l18;
root got [d:g1 p: e19]; root l20; root raises e22; f21 result settled; g1 failed Cancelled;
t11 result nil 0; t8 failed e13 0; root e22 3]=],
  },
  {
    program = {
      {"await", {"sleep", 2, "s1"}},
      {"later", 1, {{"log", "l2"}, {"log", "l3"}}},
      {"spawn", "t4", {{"log", "l5"}, {"log", "l6"}, {"fut", "f7"}, {"later", 2, {{"set", "f7",
        "x8"}}}, {"try", {"shield", {"shield", {"var", "f7"}}}}}, true},
      {"await", {"sleep", 3, "s9"}},
      {"let", "g10", {"gather", {{"wait_for", {"var", "t4"}, -1}}, false}},
      {"fut", "f11"},
      {"try_cancellable", {"shield", {"wait_for", {"shield", {"var", "f11"}}, 2}}},
      {"later", 0, {{"cancel", "g10"}}},
      {"spawn", "t12", {{"spawn", "t13", {{"await", {"sleep", 1.5, "s14"}}, {"spawn", "t15",
        {{"try", {"coro", "c16", {{"soon", {{"cancel", "f11"}}}, {"raise", "e17"}}}}}}, {"await",
        {"wait", {"g10"}, 0, "FIRST_EXCEPTION"}}}}, {"try_cancellable", {"wait_for", {"var",
        "t13"}, 1}}, {"try", {"wait", {"g10", "f11", "t13"}, false, "FIRST_COMPLETED"}}, {"return",
        "r18"}}},
      {"uncancel"},
      {"try", {"var", "t4"}},
      {"let", "g19", {"shield", {"var", "t12"}}},
      {"try_cancellable", {"wait", {"f11", "g19"}, false, "FIRST_COMPLETED"}},
      {"finally", {{"state", "g19"}}, {{"later", 3, {{"fail", "f11", "x20"}}}}},
      {"raise", "e21"},
    },
    log = [=[
root starts; root got s1; t4 starts; t4 l5; t4 l6; timer l2; timer l3; t4 got x8; t4 ends;
root got s9; root caught Timeout 7; root uncancel 0; root got nil; t12 starts;
timer cancel g10 false; t13 starts; t13 raises Cancelled; t12 caught Timeout 8;
t12 got d:g10,t13 p:f11; t12 ends; root got d:g19 p:f11; root g19 result r18; root finally;
root raises e21; f11 result settled; f7 result x8; g10 result [nil]; g19 result r18;
t12 result r18 0; t13 cancelled 1; t4 result nil 0; root e21 8]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"try", {"var", "f1"}},
      {"await", {"sleep", 1, "s3"}},
      {"soon", {{"cancel", "f1"}}},
      {"finally", {{"try", {"coro", "c6", {{"spawn", "t7", {{"try", {"var", "f1"}}}}, {"callback",
        "t7", "cb8"}, {"return", "r9"}}}}, {"let", "g10", {"gather", {{"var", "f1"}}, false}},
        {"spawn", "t11", {{"fail", "f1", "x12"}, {"await", {"gather", {{"var", "f1"}, {"coro",
        "c13", {{"later", 0.5, {{"cancel", "f1"}}}, {"return", "r15"}}}, {"sleep", 0, "s16"}},
        false}}}}, {"later", 1.5, {{"cancel", "g10"}, {"cancel", "f1"}}}, {"raise", "e18"}},
        {{"cancel", "f1"}, {"cancel", "f1"}}},
    },
    log = [=[
root starts; root got settled; root got s3; c6 starts; c6 ends; root got r9; root finally;
root cancel f1 false; root cancel f1 false; root raises e18; soon cancel f1 false; t7 starts;
t7 got settled; t7 ends; t11 starts; callback cb8; c13 starts; c13 ends; t11 got [settled r15 s16];
t11 ends; f1 result settled; g10 result [settled]; t11 result nil 0; t7 result nil 0;
root e18 51]=],
  },
  {
    program = {
      {"await", {"sleep", 1.5, "s1"}},
      {"spawn", "t2", {{"log", "l3"}, {"log", "l4"}, {"log", "l5"}, {"spawn", "t6", {{"log", "l7"},
        {"log", "l8"}, {"log", "l9"}, {"await", {"sleep", 1, "s10"}}}}, {"try_cancellable", {"var",
        "t6"}}}},
      {"try", {"gather", {}, false}},
      {"let", "g11", {"gather", {{"gather", {}, true}, {"var", "t2"}, {"coro", "c12", {{"spawn",
        "t13", {{"await", {"sleep", 1, "s14"}}}}, {"raise", "e16"}}}}, false}},
      {"state", "g11"},
      {"later", 1, {{"cancel", "t2"}}},
      {"try", {"shield", {"wait_for", {"var", "t2"}, false}}},
      {"callback", "g11", "cb17"},
      {"await", {"sleep", 0, "s18"}},
      {"as_completed", {{"wait_for", {"gather", {{"coro", "c19", {{"log", "l20"}}}}, true}, 2},
        {"shield", {"wait_for", {"var", "g11"}, 1}}, {"gather", {{"var", "t2"}, {"gather", {{"var",
        "t2"}, {"var", "g11"}, {"sleep", 0, "s21"}}, false}}, true}}, false},
    },
    log = [=[
root starts; root got s1; root got []; root g11 pending; t2 starts; t2 l3; t2 l4; t2 l5; c12 starts;
c12 raises e16; t6 starts; t6 l7; t6 l8; t6 l9; t13 starts; timer cancel t2 true;
t6 raises Cancelled; t13 got s14; t13 ends; t2 raises Cancelled; root caught Cancelled 2.5;
callback cb17; root got s18; c19 starts; c19 l20; c19 ends; root item [Cancelled Cancelled];
root item raised e16; root item [nil]; root ends; g11 failed e16; t13 result nil 0; t2 cancelled 1;
t6 cancelled 1; root nil 2.5]=],
  },
  {
    program = {
      {"try_cancellable", {"shield", {"gather", {{"wait_for", {"sleep", 1, "s1"}, 2}, {"gather",
        {}, false}, {"coro", "c2", {{"try_cancellable", {"coro", "c3", {{"later", 2, {{"log",
        "l4"}}}}}}, {"raise", "e11"}}}}, true}}},
      {"spawn", "t12", {{"try", {"wait_for", {"gather", {{"sleep", 0, "s13"}}, true}, -1}},
        {"soon", {{"log", "l14"}}}, {"soon", {{"log", "l20"}, {"log", "l21"}}}, {"return", "r22"}}},
      {"spawn", "t23", {{"await", {"sleep", 0, "s24"}}, {"spawn", "t25", {{"try", {"var", "t12"}},
        {"return", "r26"}}, true}, {"raise", "e27"}}},
      {"log", "l28"},
      {"ticker", 4, "k29"},
      {"cancel", "t23"},
    },
    log = [=[
root starts; c2 starts; c3 starts; c3 ends; c2 got nil; c2 raises e11; root got [s1 [] e11];
root l28; root cancel t23 true; root ends; t12 starts; k29 tick 1; k29 tick 2; k29 tick 3;
k29 tick 4; t12 caught Timeout 1; t12 ends; soon l14; soon l20; soon l21; t12 result r22 0;
t23 cancelled 1; root nil 1]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"let", "g2", {"gather", {{"wait_for", {"coro", "c3", {{"raise", "e8"}}}, 1.5}, {"wait_for",
        {"var", "f1"}, 1}, {"shield", {"coro", "c9", {{"as_completed", {{"var", "f1"}}, 0},
        {"return", "r10"}}}}}, true}},
      {"as_completed", {{"gather", {{"var", "g2"}, {"shield", {"coro", "c12", {{"await", {"sleep",
        3, "s13"}}}}}}, false}, {"wait", {"g2", "f1"}, 2, "FIRST_COMPLETED"}}, false},
      {"await", {"wait_for", {"wait_for", {"var", "g2"}, 2}, 0.5}},
      {"spawn", "t14", {{"await", {"sleep", 0, "s15"}}, {"cancel", "f1"}}},
      {"callback", "t14", "cb16"},
      {"await", {"gather", {{"gather", {{"wait", {"f1"}, 2, "FIRST_EXCEPTION"}, {"var", "t14"}},
        true}, {"shield", {"var", "t14"}}, {"var", "t14"}}, false}},
      {"return", "r17"},
    },
    log = [=[
root starts; c9 starts; c3 starts; c3 raises e8; c12 starts; c9 item raised Timeout; c9 ends;
root item d:g2,f1 p:; c12 got s13; c12 ends; root item [[e8 Timeout r10] nil];
root got [e8 Timeout r10]; t14 starts; t14 got s15; t14 cancel f1 false; t14 ends; callback cb16;
root got [[d:f1 p: nil] nil nil]; root ends; f1 cancelled; g2 result [e8 Timeout r10];
t14 result nil 0; root r17 3]=],
  },
  {
    program = {
      {"try", {"sleep", 0.5, "s1"}},
      {"later", 1, {{"log", "l2"}}},
      {"try_cancellable", {"gather", {{"sleep", 0, "s3"}, {"gather", {{"wait_for", {"sleep", 1.5,
        "s4"}, 0.5}, {"shield", {"coro", "c5", {{"try_cancellable", {"sleep", 0, "s6"}}, {"raise",
        "e7"}}}}, {"sleep", 0, "s8"}}, false}}, true}},
      {"log", "l9"},
      {"try_cancellable", {"wait_for", {"shield", {"wait_for", {"coro", "c10", {{"soon", {{"log",
        "l11"}}}, {"raise", "e12"}}}, 1}}, 5}},
      {"spawn", "t13", {{"try", {"shield", {"sleep", 2, "s14"}}}, {"spawn", "t15", {{"await",
        {"sleep", 0, "s16"}}, {"fut", "f17"}}}, {"as_completed", {{"shield", {"var", "t15"}},
        {"wait_for", {"var", "t15"}, 5}}, 2, true}, {"raise", "e18"}}},
      {"fut", "f19"},
      {"try_cancellable", {"var", "f19"}},
      {"try", {"wait_for", {"coro", "c20", {{"state", "f19"}, {"raise", "e21"}}}, 2}},
      {"await", {"sleep", 0, "s22"}},
      {"as_completed", {{"shield", {"gather", {{"var", "t13"}, {"var", "t13"}}, true}}, {"gather",
        {}, false}, {"shield", {"gather", {{"var", "f19"}}, false}}}, 0},
      {"log", "l23"},
      {"cancel", "f19"},
      {"return", "r24"},
    },
    log = [=[
root starts; root got s1; c5 starts; c5 got s6; c5 raises e7; root got [s3 e7]; root l9; c10 starts;
c10 raises e12; soon l11; root caught e12 0.5; t13 starts; timer l2; t13 got s14; t15 starts;
t15 got s16; t15 ends; t13 item nil; t13 item nil; t13 raises e18; root got settled; c20 starts;
c20 f19 result settled; c20 raises e21; root caught e21 50; root got s22; root item [e18 e18];
root item []; root item [settled]; root l23; root cancel f19 false; root ends; f17 result settled;
f19 result settled; t13 failed e18 0; t15 result nil 0; root r24 50]=],
  },
  {
    program = {
      {"as_completed", {{"coro", "c1", {{"spawn", "t2", {{"fut", "f3"}, {"await", {"var", "f3"}}}},
        {"try", {"gather", {{"var", "t2"}}, true}}, {"return", "r5"}}}}, 2, true},
      {"spawn", "t6", {{"await", {"coro", "c7", {{"try", {"coro", "c8", {{"try", {"sleep", 0,
        "s9"}}}}}, {"spawn", "t10", {{"raise", "e13"}}}, {"await", {"sleep", 1.5, "s14"}}}}},
        {"raise", "e15"}}, true},
      {"state", "t6"},
      {"as_completed", {{"coro", "c16", {{"cancel_self"}, {"await", {"sleep", 0, "s17"}}, {"later",
        3, {{"cancel", "t6"}}}, {"return", "r18"}}}}, 0},
      {"fut", "f19"},
      {"try_cancellable", {"gather", {{"var", "t6"}}, true}},
      {"return", "r20"},
    },
    log = [=[
root starts; c1 starts; t2 starts; root items Timeout; t6 starts; c7 starts; c8 starts;
root t6 pending 0; c8 got s9; c8 ends; c7 got nil; c16 starts; c16 self cancel true; t10 starts;
t10 raises e13; c16 raises Cancelled; root item raised Timeout; c7 got s14; c7 ends; t6 got nil;
t6 raises e15; root got [e15]; root ends; t2 got settled; t2 ends; c1 got [nil]; c1 ends;
f19 result settled; f3 result settled; t10 failed e13 0; t2 result nil 0; t6 failed e15 0;
root r20 3.5]=],
  },
  {
    program = {
      {"fut", "f8"},
      {"let", "g9", {"gather", {{"wait", {"f8", "f8", "f8"}, 2, "FIRST_COMPLETED"}, {"var", "f8"},
        {"var", "f8"}}, true}},
      {"spawn", "t10", {{"try", {"var", "f8"}}, {"try", {"gather", {{"gather", {{"var", "f8"},
        {"var", "g9"}, {"var", "f8"}}, true}}, false}}}},
      {"as_completed", {{"wait_for", {"shield", {"var", "f8"}}, 0.5}}, false, true},
      {"state", "f8"},
      {"later", 3, {{"cancel", "t10"}}},
      {"as_completed", {{"shield", {"shield", {"coro", "c12", {{"await", {"sleep", 0, "s13"}}}}}},
        {"var", "g9"}, {"var", "f8"}}, false, true},
      {"spawn", "t15", {{"state", "f8"}}, true},
      {"await", {"sleep", 1, "s16"}},
      {"cancel", "f8"},
      {"cancel", "g9"},
    },
    log = [=[
root starts; t10 starts; root item Timeout; root f8 pending; c12 starts; c12 got s13; c12 ends;
root item nil; timer cancel t10 true; t10 caught Cancelled 3.5;
t10 got [[Cancelled [d: p:f8 Cancelled Cancelled] Cancelled]]; t10 ends; root item Cancelled;
root item [d: p:f8 Cancelled Cancelled]; t15 starts; t15 f8 cancelled; t15 ends; root got s16;
root cancel f8 false; root cancel g9 false; root ends; f8 cancelled;
g9 result [d: p:f8 Cancelled Cancelled]; t10 result nil 1; t15 result nil 0; root nil 4.5]=],
  },
  {
    program = {
      {"try", {"coro", "c1", {{"as_completed", {{"sleep", 3, "s2"}}, 0}, {"as_completed",
        {{"gather", {}, true}, {"wait_for", {"sleep", 0, "s3"}, 0.5}}, false}, {"try_cancellable",
        {"gather", {{"sleep", 0, "s4"}, {"shield", {"sleep", 0, "s5"}}, {"gather", {{"coro", "c6",
        {{"soon", {{"log", "l7"}}}}}, {"coro", "c8", {{"await", {"sleep", 0, "s9"}}, {"raise",
        "e10"}}}}, false}}, true}}, {"return", "r11"}}}},
      {"try", {"wait_for", {"sleep", 0, "s12"}, 0}},
      {"fut", "f13"},
      {"soon", {{"log", "l14"}}},
      {"later", 1.5, {{"log", "l15"}, {"callback", "f13", "cb16"}}},
      {"try_cancellable", {"var", "f13"}},
      {"fut", "f17"},
      {"await", {"wait_for", {"gather", {}, false}, 1.5}},
      {"raise", "e18"},
    },
    log = [=[
root starts; c1 starts; c1 item raised Timeout; c1 item []; c1 item s3; c6 starts; c6 ends;
c8 starts; soon l7; c8 got s9; c8 raises e10; c1 got [s4 s5 e10]; c1 ends; root got r11;
root caught Timeout 0; soon l14; timer l15; root got settled; root got []; root raises e18;
callback cb16; f13 result settled; f17 result settled; root e18 50]=],
  },
  {
    program = {
      {"log", "l1"},
      {"fut", "f2"},
      {"soon", {{"cancel", "f2"}, {"callback", "f2", "cb3"}}},
      {"log", "l4"},
      {"log", "l5"},
      {"as_completed", {{"gather", {}, true}, {"coro", "c6", {{"try", {"gather", {}, false}},
        {"state", "f2"}, {"later", 0, {{"log", "l7"}, {"cancel", "f2"}}}, {"return", "r8"}}},
        {"wait_for", {"wait", {"f2"}, 1, "FIRST_COMPLETED"}, -1}}, 2, true},
      {"log", "l9"},
      {"spawn", "t10", {{"later", 0, {{"cancel", "f2"}, {"fail", "f2", "x11"}}}}},
      {"await", {"sleep", 0, "s12"}},
      {"as_completed", {{"var", "t10"}, {"wait_for", {"var", "t10"}, -1}, {"gather", {{"gather",
        {}, true}, {"var", "t10"}}, true}}, false, true},
      {"log", "l13"},
      {"spawn", "t14", {{"spawn", "t15", {{"await", {"sleep", 0, "s16"}}, {"as_completed", {{"var",
        "t10"}, {"coro", "c17", {{"await", {"sleep", 2, "s18"}}, {"return", "r19"}}}, {"coro",
        "c20", {{"try", {"sleep", 1.5, "s21"}}, {"return", "r22"}}}}, false}, {"log", "l23"},
        {"return", "r24"}}, true}, {"try", {"wait", {"t10", "t15"}, 0, "ALL_COMPLETED"}}}},
      {"await", {"sleep", 1, "s25"}},
      {"return", "r26"},
    },
    log = [=[
root starts; root l1; root l4; root l5; soon cancel f2 true; c6 starts; c6 got []; c6 f2 cancelled;
c6 ends; callback cb3; root item []; root item r8; timer l7; timer cancel f2 false;
root item Timeout; root l9; t10 starts; t10 ends; root got s12; timer cancel f2 false;
root item nil; root item [[] nil]; root item nil; root l13; t14 starts; t15 starts; t15 got s16;
c17 starts; c20 starts; t14 got d:t10 p:t15; t14 ends; t15 item nil; root got s25; root ends;
c20 got s21; c20 ends; t15 item r22; c17 got s18; c17 ends; t15 item r19; t15 l23; t15 ends;
f2 cancelled; t10 result nil 0; t14 result nil 0; t15 result r24 0; root r26 2]=],
  },
  {
    program = {
      {"await", {"sleep", 3, "s1"}},
      {"try", {"wait_for", {"shield", {"shield", {"coro", "c2", {{"await", {"sleep", 0, "s3"}}}}}},
        5}},
      {"try", {"gather", {{"gather", {{"gather", {{"coro", "c4", {{"fut", "f5"}, {"raise",
        "e6"}}}}, false}, {"gather", {}, false}}, false}, {"gather", {{"wait_for", {"sleep", 0,
        "s7"}, 5}, {"gather", {}, true}}, true}, {"shield", {"sleep", 2, "s8"}}}, false}},
      {"log", "l9"},
      {"log", "l10"},
      {"soon", {{"log", "l11"}, {"log", "l12"}}},
      {"spawn", "t13", {{"try_cancellable", {"wait_for", {"wait_for", {"sleep", 0, "s14"}, 2},
        false}}, {"spawn", "t15", {{"log", "l16"}, {"log", "l17"}, {"soon", {{"log", "l18"},
        {"log", "l19"}}}, {"raise", "e20"}}}, {"soon", {{"cancel", "t15"}}}, {"raise", "e21"}}},
      {"spawn", "t22", {{"soon", {{"log", "l23"}}}}},
      {"let", "g24", {"gather", {{"gather", {{"var", "t22"}}, false}, {"sleep", 1, "s25"},
        {"wait_for", {"var", "t13"}, 2}}, false}},
      {"try", {"wait_for", {"wait_for", {"var", "t13"}, 1.5}, 1}},
      {"fut", "f26"},
      {"await", {"gather", {{"gather", {{"wait", {"g24", "f26"}, 1, "FIRST_EXCEPTION"}}, false}},
        false}},
      {"try_cancellable", {"gather", {}, false}},
      {"log", "l27"},
      {"log", "l28"},
      {"await", {"sleep", 0, "s29"}},
    },
    log = [=[
root starts; root got s1; c2 starts; c2 got s3; c2 ends; root got nil; c4 starts; c4 raises e6;
root caught e6 3; root l9; root l10; soon l11; soon l12; t13 starts; t22 starts; t22 ends;
t13 got s14; t13 raises e21; soon l23; t15 starts; t15 l16; t15 l17; t15 raises e20;
soon cancel t15 false; root caught e21 3; soon l18; soon l19; root got [[d:g24 p:f26]]; root got [];
root l27; root l28; root got s29; root ends; f26 result settled; f5 result settled; g24 failed e21;
t13 failed e21 0; t15 failed e20 0; t22 result nil 0; root nil 3]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"finally", {{"fail", "f1", "x2"}, {"return", "r3"}}, {{"uncancel"}, {"return", "r5"}}},
      {"spawn", "t6", {{"uncancel"}, {"return", "r7"}}},
      {"uncancel"},
      {"as_completed", {{"gather", {{"var", "t6"}, {"var", "f1"}}, false}, {"var", "f1"}}, 0},
      {"uncancel"},
      {"spawn", "t8", {{"try", {"gather", {{"var", "t6"}, {"wait_for", {"var", "t6"}, 1},
        {"wait_for", {"var", "f1"}, false}}, false}}, {"finally", {{"try", {"coro", "c9",
        {{"cancel", "t6"}, {"cancel", "f1"}, {"fail", "f1", "x11"}}}}, {"as_completed", {{"var",
        "f1"}}, 0, true}, {"set", "f1", "x12"}, {"cancel", "f1"}, {"raise", "e14"}}, {{"fut",
        "f16"}, {"return", "r17"}}}, {"await", {"gather", {{"wait_for", {"var", "t6"}, 0.5},
        {"sleep", 1.5, "s18"}, {"var", "t6"}}, false}}, {"cancel", "f1"}, {"return", "r20"}}},
      {"try", {"var", "t6"}},
    },
    log = [=[
root starts; root finally; root uncancel 0; root uncancel 0; t6 starts; t6 uncancel 0; t6 ends;
root item raised x2; root item raised x2; root uncancel 0; root got r7; root ends; t8 starts;
t8 caught x2 0; c9 starts; c9 cancel t6 false; c9 cancel f1 false; c9 ends; t8 got nil; t8 item x2;
t8 cancel f1 false; t8 finally; t8 raises e14; f1 failed x2; f16 result settled; t6 result r7 0;
t8 failed e14 0; root nil 0]=],
  },
  {
    program = {
      {"await", {"shield", {"gather", {{"wait_for", {"sleep", 0, "s1"}, 1.5}, {"sleep", 2, "s2"},
        {"gather", {{"sleep", 3, "s3"}, {"coro", "c4", {{"log", "l5"}}}}, false}}, false}}},
      {"await", {"sleep", 0, "s6"}},
      {"await", {"sleep", 3, "s7"}},
      {"log", "l8"},
      {"let", "g9", {"gather", {{"gather", {}, true}}, true}},
      {"try_cancellable", {"shield", {"coro", "c10", {{"finally", {{"uncancel"}, {"soon", {{"log",
        "l11"}}}, {"return", "r12"}}, {{"try", {"var", "g9"}}, {"return", "r13"}}}, {"state",
        "g9"}, {"return", "r14"}}}}},
      {"spawn", "t15", {{"spawn", "t16", {{"soon", {{"log", "l17"}}}, {"raise", "e18"}}},
        {"return", "r19"}}},
      {"raise", "e20"},
    },
    log = [=[
root starts; c4 starts; c4 l5; c4 ends; root got [s1 s2 [s3 nil]]; root got s6; root got s7;
root l8; c10 starts; c10 uncancel 0; c10 finally; c10 got [[]]; c10 g9 result [[]]; c10 ends;
soon l11; root got r14; root raises e20; t15 starts; t15 ends; t16 starts; t16 raises e18;
g9 result [[]]; t15 result r19 0; t16 failed e18 0; root e20 6; soon l17]=],
  },
  {
    program = {
      {"await", {"gather", {{"gather", {{"shield", {"coro", "c1", {{"log", "l2"}, {"log", "l3"}}}},
        {"shield", {"sleep", 0, "s4"}}}, false}}, false}},
      {"try", {"sleep", 0.5, "s5"}},
      {"await", {"sleep", 1, "s6"}},
      {"let", "g7", {"gather", {{"wait_for", {"sleep", 3, "s8"}, 0}, {"shield", {"coro", "c9",
        {{"fut", "f10"}, {"return", "r11"}}}}, {"wait_for", {"sleep", 1, "s12"}, 1}}, false}},
      {"spawn", "t13", {{"later", 2, {{"callback", "g7", "cb14"}}}, {"ticker", 4, "k15"}}},
      {"as_completed", {{"shield", {"gather", {}, false}}}, 2},
      {"spawn", "t16", {{"as_completed", {{"wait", {"t13", "g7", "t13"}, false, "FIRST_COMPLETED"},
        {"shield", {"var", "t13"}}}, false}, {"raise", "e17"}}, true},
      {"uncancel"},
      {"raise", "e18"},
    },
    log = [=[
root starts; c1 starts; c1 l2; c1 l3; c1 ends; root got [[nil s4]]; root got s5; root got s6;
c9 starts; c9 ends; t13 starts; t13 ends; k15 tick 1; root item []; t16 starts; root uncancel 0;
root raises e18; k15 tick 2; k15 tick 3; t16 item nil; k15 tick 4; t16 item d:t13,g7 p:;
t16 raises e17; f10 result settled; g7 failed Timeout; t13 result nil 0; t16 failed e17 0;
root e18 1.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"spawn", "t2", {{"try_cancellable", {"sleep", 1, "s3"}}}},
      {"as_completed", {{"coro", "c4", {{"later", 2, {{"callback", "t2", "cb5"}}}, {"finally",
        {{"fut", "f6"}, {"return", "r7"}}, {{"state", "t2"}, {"raise", "e8"}}}, {"ticker", 3,
        "k9"}, {"raise", "e10"}}}, {"var", "t2"}, {"coro", "c11", {{"log", "l12"}, {"cancel",
        "t2"}, {"return", "r13"}}}}, false, true},
      {"later", 3, {{"cancel", "t2"}}},
      {"later", 0, {{"log", "l14"}, {"cancel", "t2"}}},
      {"spawn", "t15", {{"spawn", "t16", {{"try_cancellable", {"gather", {{"var", "t2"}, {"var",
        "t2"}}, true}}, {"return", "r17"}}}}},
      {"as_completed", {{"wait", {"t2"}, 0, "FIRST_COMPLETED"}, {"coro", "c18", {{"callback", "t2",
        "cb19"}, {"try_cancellable", {"gather", {}, false}}, {"raise", "e20"}}}, {"shield",
        {"wait_for", {"var", "t15"}, false}}}, 0, true},
      {"raise", "e21"},
    },
    log = [=[
root starts; root l1; t2 starts; c4 starts; c4 finally; c4 t2 pending 0; c4 raises e8; c11 starts;
c11 l12; c11 cancel t2 true; c11 ends; t2 raises Cancelled; root item e8; root item r13;
root item Cancelled; t15 starts; t15 ends; c18 starts; c18 got []; c18 raises e20; timer l14;
timer cancel t2 false; t16 starts; t16 got [Cancelled Cancelled]; t16 ends; callback cb19;
root items Timeout; root raises e21; f6 result settled; t15 result nil 0; t16 result r17 0;
t2 cancelled 1; root e21 0]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}, {"log", "l2"}}},
      {"await", {"gather", {{"coro", "c3", {{"try", {"gather", {{"sleep", 0, "s4"}, {"coro", "c5",
        {{"spawn", "t6", {{"fut", "f7"}}}}}}, false}}, {"spawn", "t8", {{"soon", {{"log", "l9"},
        {"log", "l10"}}}, {"raise", "e11"}}}, {"spawn", "t12", {{"try", {"sleep", 1, "s13"}},
        {"later", 1.5, {{"log", "l14"}, {"cancel", "t8"}}}}}, {"return", "r15"}}}, {"sleep", 0,
        "s16"}, {"gather", {}, true}}, false}},
      {"try_cancellable", {"gather", {{"gather", {}, false}, {"sleep", 0, "s17"}}, true}},
      {"log", "l18"},
      {"try", {"wait_for", {"gather", {{"wait_for", {"coro", "c19", {{"try", {"sleep", 0, "s20"}},
        {"raise", "e21"}}}, 1.5}, {"sleep", 0, "s22"}}, false}, -1}},
      {"try_cancellable", {"sleep", 2, "s23"}},
      {"fut", "f30"},
      {"raise", "e31"},
    },
    log = [=[
root starts; soon l1; soon l2; c3 starts; c5 starts; c5 ends; t6 starts; t6 ends; c3 got [s4 nil];
c3 ends; t8 starts; t8 raises e11; t12 starts; soon l9; soon l10; root got [r15 s16 []];
root got [[] s17]; root l18; root caught Timeout 0; t12 got s13; t12 ends; root got s23;
root raises e31; f30 result settled; f7 result settled; t12 result nil 0; t6 result nil 0;
t8 failed e11 0; root e31 2]=],
  },
  {
    program = {
      {"await", {"gather", {{"wait_for", {"coro", "c1", {{"spawn", "t2", {{"try_cancellable",
        {"sleep", 0, "s3"}}, {"raise", "e4"}}}}}, 1}, {"coro", "c5", {{"spawn", "t6", {{"log",
        "l7"}, {"raise", "e8"}}}, {"return", "r9"}}}}, false}},
      {"try", {"gather", {{"gather", {{"shield", {"coro", "c17", {{"raise", "e22"}}}}}, false},
        {"gather", {{"gather", {{"coro", "c23", {{"log", "l24"}, {"log", "l25"}}}, {"coro", "c26",
        {{"soon", {{"log", "l27"}, {"log", "l28"}}}}}, {"sleep", 0, "s29"}}, false}, {"wait_for",
        {"sleep", 2, "s30"}, 2}}, false}}, true}},
      {"as_completed", {{"wait_for", {"gather", {}, false}, 5}, {"shield", {"sleep", 0, "s31"}}},
        1},
      {"try", {"sleep", 0, "s32"}},
      {"fut", "f33"},
      {"await", {"sleep", 0, "s34"}},
    },
    log = [=[
root starts; c1 starts; c1 ends; c5 starts; c5 ends; t2 starts; t6 starts; t6 l7; t6 raises e8;
t2 got s3; t2 raises e4; root got [nil r9]; c17 starts; c17 raises e22; c23 starts; c23 l24;
c23 l25; c23 ends; c26 starts; c26 ends; soon l27; soon l28; root got [e22 Timeout]; root item [];
root item s31; root got s32; root got s34; root ends; f33 result settled; t2 failed e4 0;
t6 failed e8 0; root nil 2]=],
  },
  {
    program = {
      {"spawn", "t1", {{"finally", {{"try", {"wait_for", {"coro", "c2", {{"soon", {{"log", "l3"}}},
        {"return", "r4"}}}, 1.5}}, {"return", "r5"}}, {{"return", "r8"}}}, {"log", "l9"}, {"log",
        "l10"}}},
      {"later", 0, {}},
      {"try_cancellable", {"var", "t1"}},
      {"as_completed", {{"wait", {"t1", "t1", "t1"}, 1, "FIRST_COMPLETED"}, {"sleep", 0.5, "s12"},
        {"wait", {"t1"}, 0, "FIRST_COMPLETED"}}, false},
      {"spawn", "t13", {{"uncancel"}, {"ticker", 2, "k15"}, {"raise", "e16"}}},
      {"await", {"sleep", 0, "s17"}},
      {"await", {"gather", {{"wait_for", {"sleep", 0, "s18"}, 0.5}, {"wait_for", {"coro", "c19",
        {{"try", {"var", "t13"}}, {"return", "r20"}}}, false}}, true}},
      {"log", "l21"},
      {"await", {"sleep", 0.5, "s22"}},
      {"spawn", "t23", {{"as_completed", {{"gather", {{"var", "t1"}, {"var", "t1"}, {"coro", "c24",
        {{"ticker", 2, "k25"}, {"raise", "e26"}}}}, false}, {"wait", {"t1", "t1", "t1"}, false,
        "FIRST_EXCEPTION"}}, false, true}, {"spawn", "t27", {{"await", {"sleep", 0, "s28"}},
        {"return", "r29"}}}, {"later", 0.5, {}}}},
      {"spawn", "t30", {{"await", {"sleep", 0, "s31"}}, {"await", {"wait_for", {"gather",
        {{"sleep", 0, "s32"}, {"var", "t1"}, {"var", "t13"}}, true}, 2}}, {"log", "l33"}, {"raise",
        "e34"}}},
    },
    log = [=[
root starts; t1 starts; c2 starts; c2 ends; t1 got r4; t1 finally; t1 l9; t1 l10; t1 ends; soon l3;
root got nil; root item d:t1 p:; root item d:t1 p:; root item s12; t13 starts; t13 uncancel 0;
t13 raises e16; root got s17; k15 tick 1; c19 starts; c19 caught e16 0.5; c19 ends; k15 tick 2;
root got [s18 r20]; root l21; root got s22; root ends; t23 starts; t30 starts; c24 starts;
c24 raises e26; t30 got s31; k25 tick 1; k25 tick 2; t23 item e26; t23 item d:t1 p:; t23 ends;
t30 got [s32 nil e16]; t30 l33; t30 raises e34; t27 starts; t27 got s28; t27 ends; t1 result nil 0;
t13 failed e16 0; t23 result nil 0; t27 result r29 0; t30 failed e34 0; root nil 1]=],
  },
  {
    program = {
      {"log", "l1"},
      {"await", {"wait_for", {"gather", {{"shield", {"coro", "c2", {}}}, {"gather", {}, false},
        {"coro", "c5", {{"log", "l6"}, {"try", {"coro", "c7", {{"uncancel"}}}}}}}, false}, 1}},
      {"await", {"sleep", 0, "s8"}},
      {"later", 0, {{"log", "l9"}}},
      {"await", {"sleep", 0, "s10"}},
      {"try_cancellable", {"wait_for", {"gather", {{"sleep", 0, "s11"}, {"shield", {"sleep", 0,
        "s12"}}}, false}, 1.5}},
      {"cancel_self"},
      {"log", "l13"},
      {"try", {"sleep", 0, "s14"}},
      {"log", "l15"},
      {"log", "l16"},
    },
    log = [=[
root starts; root l1; c2 starts; c2 ends; c5 starts; c5 l6; c7 starts; c7 uncancel 0; c7 ends;
c5 got nil; c5 ends; root got [nil [] nil]; root got s8; root got s10; timer l9; root got [s11 s12];
root self cancel true; root l13; root caught Cancelled 0; root l15; root l16; root ends;
root nil 0]=],
  },
  {
    program = {
      {"log", "l1"},
      {"ticker", 3, "k2"},
      {"try", {"gather", {{"sleep", 0, "s3"}}, false}},
      {"finally", {{"await", {"shield", {"gather", {{"sleep", 1, "s4"}, {"coro", "c5",
        {{"as_completed", {{"coro", "c6", {{"await", {"sleep", 1, "s7"}}, {"return", "r8"}}}},
        false}, {"return", "r9"}}}}, true}}}, {"let", "g10", {"gather", {{"coro", "c11", {{"later",
        2, {{"log", "l12"}}}, {"raise", "e13"}}}, {"coro", "c14", {}}, {"coro", "c15",
        {{"try_cancellable", {"sleep", 0, "s16"}}}}}, true}}, {"try", {"gather", {{"wait_for",
        {"var", "g10"}, 1}, {"var", "g10"}}, true}}, {"try", {"coro", "c17", {{"await",
        {"wait_for", {"sleep", 0, "s18"}, 0}}, {"spawn", "t19", {{"return", "r21"}}}}}}}, {{"fut",
        "f22"}, {"set", "f22", "x23"}, {"cancel", "f22"}, {"log", "l24"}, {"cancel", "f22"},
        {"return", "r25"}}},
      {"fut", "f26"},
      {"state", "f26"},
      {"cancel", "f26"},
      {"fail", "f26", "x28"},
      {"soon", {{"fail", "f26", "x29"}, {"cancel", "f26"}}},
      {"log", "l30"},
      {"try", {"var", "f26"}},
      {"uncancel"},
    },
    log = [=[
root starts; root l1; k2 tick 1; k2 tick 2; k2 tick 3; root got [s3]; c5 starts; c6 starts;
c6 got s7; c6 ends; c5 item r8; c5 ends; root got [s4 r9]; c11 starts; c11 raises e13; c14 starts;
c14 ends; c15 starts; c15 got s16; c15 ends; root got [[e13 nil nil] [e13 nil nil]]; c17 starts;
c17 raises Timeout; root caught Timeout 1; root finally; root cancel f22 false; root l24;
root cancel f22 false; root f26 pending; root cancel f26 true; root l30; root caught Cancelled 1;
root uncancel 0; root ends; soon cancel f26 false; f22 result x23; f26 cancelled;
g10 result [e13 nil nil]; root nil 1]=],
  },
  {
    program = {
      {"spawn", "t1", {{"spawn", "t2", {{"spawn", "t7", {{"later", 1.5, {{"log", "l8"}}},
        {"return", "r9"}}, true}, {"await", {"sleep", 0, "s10"}}, {"return", "r11"}}}, {"raise",
        "e16"}}},
      {"try_cancellable", {"wait", {"t1", "t1", "t1"}, false, "FIRST_EXCEPTION"}},
      {"log", "l17"},
      {"spawn", "t18", {{"try", {"shield", {"shield", {"var", "t1"}}}}, {"spawn", "t19",
        {{"as_completed", {{"var", "t1"}}, false}, {"as_completed", {{"coro", "c20",
        {{"cancel_self"}}}, {"var", "t1"}}, 2, true}, {"fut", "f21"}, {"raise", "e22"}}}, {"await",
        {"sleep", 1, "s23"}}, {"log", "l24"}, {"raise", "e25"}}},
      {"try", {"var", "t18"}},
      {"try_cancellable", {"coro", "c26", {{"try_cancellable", {"wait_for", {"wait_for", {"var",
        "t18"}, 2}, -1}}, {"try", {"wait_for", {"var", "t1"}, 0.5}}}}},
      {"log", "l28"},
      {"log", "l29"},
      {"spawn", "t30", {{"as_completed", {{"wait_for", {"coro", "c31", {{"fut", "f32"}}}, 5},
        {"gather", {{"var", "t18"}, {"coro", "c33", {{"fut", "f34"}}}, {"var", "t1"}}, true}}, 1,
        true}}},
      {"as_completed", {{"var", "t18"}, {"wait_for", {"wait_for", {"var", "t18"}, 0}, false}}, 1,
        true},
      {"state", "t30"},
    },
    log = [=[
root starts; t1 starts; t1 raises e16; t2 starts; t7 starts; t7 ends; t2 got s10; t2 ends;
root got d:t1 p:; root l17; t18 starts; t18 caught e16 0; t19 starts; t19 item raised e16;
c20 starts; c20 self cancel true; c20 ends; t19 item e16; t19 item Cancelled; t19 raises e22;
t18 got s23; t18 l24; t18 raises e25; root caught e25 1; c26 starts; c26 caught Timeout 1;
c26 caught e16 1; c26 ends; root got nil; root l28; root l29; t30 starts; c33 starts; c33 ends;
c31 starts; c31 ends; root item e25; root item e25; root t30 pending 0; root ends; t30 item nil;
t30 item [e25 nil e16]; t30 ends; f21 result settled; f32 result settled; f34 result settled;
t1 failed e16 0; t18 failed e25 0; t19 failed e22 0; t2 result r11 0; t30 result nil 0;
t7 result r9 0; root nil 1]=],
  },
  {
    program = {
      {"finally", {{"log", "l1"}, {"cancel_self"}}, {{"try", {"sleep", 0, "s2"}}, {"return",
        "r3"}}},
      {"log", "l4"},
      {"await", {"shield", {"coro", "c5", {{"fut", "f6"}, {"try", {"var", "f6"}}}}}},
      {"let", "g7", {"shield", {"gather", {{"coro", "c8", {{"await", {"sleep", 0, "s9"}},
        {"return", "r10"}}}, {"coro", "c11", {{"later", 0, {{"log", "l12"}, {"log", "l13"}}}}}},
        true}}},
      {"as_completed", {{"wait", {"g7", "g7", "g7"}, 2, "FIRST_EXCEPTION"}}, false},
      {"uncancel"},
      {"as_completed", {{"var", "g7"}, {"var", "g7"}, {"wait_for", {"shield", {"var", "g7"}}, 0}},
        false},
      {"as_completed", {{"coro", "c16", {{"as_completed", {{"coro", "c17", {{"later", 0,
        {{"cancel", "g7"}}}, {"raise", "e18"}}}}, 2}, {"spawn", "t19", {{"try_cancellable", {"var",
        "g7"}}, {"await", {"var", "g7"}}, {"return", "r20"}}}, {"try", {"wait_for", {"var", "g7"},
        0.5}}, {"return", "r21"}}}, {"gather", {{"wait_for", {"var", "g7"}, 1}, {"shield", {"var",
        "g7"}}, {"var", "g7"}}, true}}, false},
    },
    log = [=[
root starts; root l1; root self cancel true; root finally; root caught Cancelled 0; root l4;
c5 starts; c5 got settled; c5 ends; root got nil; c8 starts; c11 starts; c11 ends; c8 got s9;
c8 ends; timer l12; timer l13; root item d:g7 p:; root uncancel 0; root item [r10 nil];
root item [r10 nil]; c16 starts; c17 starts; c17 raises e18; timer cancel g7 false;
root item [[r10 nil] [r10 nil] [r10 nil]]; c16 item raised e18; c16 got [r10 nil]; c16 ends;
t19 starts; t19 got [r10 nil]; t19 got [r10 nil]; t19 ends; root item r21; root ends;
f6 result settled; g7 result [r10 nil]; t19 result r20 0; root nil 50]=],
  },
  {
    program = {
      {"ticker", 1, "k1"},
      {"spawn", "t4", {{"await", {"gather", {{"sleep", 0, "s5"}}, false}}, {"spawn", "t6", {{"log",
        "l7"}, {"log", "l8"}, {"raise", "e9"}}}, {"return", "r10"}}},
      {"await", {"sleep", 1.5, "s11"}},
      {"finally", {{"try", {"var", "t4"}}, {"state", "t4"}}, {{"try", {"gather", {{"var", "t4"},
        {"var", "t4"}}, false}}}},
      {"spawn", "t17", {{"try", {"shield", {"shield", {"var", "t4"}}}}, {"raise", "e18"}}, true},
      {"try", {"var", "t4"}},
      {"later", 0, {{"log", "l19"}}},
      {"try", {"wait_for", {"gather", {{"shield", {"var", "t4"}}, {"wait_for", {"var", "t4"}, 0},
        {"gather", {{"var", "t4"}, {"var", "t17"}, {"var", "t4"}}, false}}, false}, 1}},
      {"state", "t17"},
    },
    log = [=[
root starts; k1 tick 1; t4 starts; t4 got [s5]; t4 ends; t6 starts; t6 l7; t6 l8; t6 raises e9;
root got s11; root got r10; root t4 result r10 0; root finally; root got [r10 r10]; t17 starts;
t17 got r10; t17 raises e18; root got r10; root caught e18 1.5; root t17 failed e18 0; root ends;
timer l19; t17 failed e18 0; t4 result r10 0; t6 failed e9 0; root nil 1.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"let", "g3", {"shield", {"gather", {}, false}}},
      {"try", {"shield", {"wait_for", {"wait_for", {"var", "g3"}, 1}, 2}}},
      {"spawn", "t4", {{"finally", {{"cancel", "g3"}, {"cancel", "g3"}}, {{"try", {"var", "g3"}},
        {"cancel", "g3"}, {"return", "r5"}}}, {"fut", "f6"}, {"return", "r8"}}},
      {"spawn", "t9", {{"let", "g10", {"gather", {{"coro", "c11", {{"ticker", 4, "k12"}, {"raise",
        "e13"}}}, {"sleep", 2, "s14"}}, false}}, {"try", {"wait_for", {"gather", {{"var", "g3"}},
        true}, 2}}, {"return", "r16"}}},
      {"callback", "t9", "cb17"},
      {"try", {"shield", {"sleep", 1, "s18"}}},
      {"await", {"wait", {"g3", "g3", "t9"}, false, "FIRST_COMPLETED"}},
      {"try_cancellable", {"shield", {"var", "g3"}}},
      {"let", "g19", {"gather", {{"coro", "c20", {{"cancel", "g3"}, {"log", "l21"}, {"raise",
        "e22"}}}, {"var", "g3"}}, true}},
      {"return", "r23"},
    },
    log = [=[
root starts; root l1; root l2; root got []; t4 starts; t4 cancel g3 false; t4 cancel g3 false;
t4 finally; t4 got []; t4 cancel g3 false; t4 ends; t9 starts; t9 got [[]]; t9 ends; c11 starts;
c11 raises e13; callback cb17; k12 tick 1; k12 tick 2; k12 tick 3; k12 tick 4; root got s18;
root got d:g3,t9 p:; root got []; root ends; c20 starts; c20 cancel g3 false; c20 l21;
c20 raises e22; f6 result settled; g10 failed e13; g19 result [e22 []]; g3 result [];
t4 result r8 0; t9 result r16 0; root r23 1]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"soon", {{"fail", "f1", "x2"}, {"cancel", "f1"}}},
      {"try", {"wait", {"f1"}, 2, "FIRST_COMPLETED"}},
      {"finally", {{"spawn", "t4", {{"uncancel"}, {"as_completed", {{"var", "f1"}, {"sleep", 1,
        "s5"}}, 1}, {"await", {"sleep", 1, "s6"}}, {"return", "r7"}}}, {"spawn", "t8",
        {{"as_completed", {{"var", "f1"}, {"var", "f1"}}, false}, {"raise", "e9"}}},
        {"try_cancellable", {"var", "t8"}}, {"raise", "e10"}}, {{"try", {"wait_for", {"var", "f1"},
        5}}}},
      {"await", {"sleep", 1.5, "s11"}},
      {"try_cancellable", {"wait_for", {"var", "f1"}, 2}},
      {"try", {"wait_for", {"gather", {{"wait", {"f1", "f1", "f1"}, 0, "ALL_COMPLETED"}, {"wait",
        {"f1"}, 2, "ALL_COMPLETED"}}, false}, 1}},
      {"ticker", 2, "k12"},
      {"later", 3, {{"callback", "f1", "cb13"}}},
      {"await", {"sleep", 0, "s14"}},
      {"spawn", "t15", {{"await", {"gather", {{"coro", "c16", {{"try_cancellable", {"sleep", 0,
        "s17"}}, {"return", "r18"}}}, {"gather", {{"var", "f1"}, {"sleep", 0, "s19"}}, true}},
        false}}}},
      {"soon", {{"callback", "t15", "cb20"}, {"cancel", "f1"}}},
      {"soon", {{"cancel", "t15"}, {"callback", "f1", "cb22"}}},
      {"return", "r23"},
    },
    log = [=[
root starts; soon cancel f1 false; root got d:f1 p:; t4 starts; t4 uncancel 0; t8 starts;
t4 item raised x2; t8 item raised x2; t8 raises e9; root caught e9 0; root finally;
root caught x2 0; root raises e10; t4 item raised Timeout; t4 got s6; t4 ends; f1 failed x2;
t4 result r7 0; t8 failed e9 0; root e10 2]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"shield", {"wait_for", {"sleep", 0.5, "s1"}, false}}, 1.5}},
      {"fut", "f2"},
      {"spawn", "t3", {{"uncancel"}, {"finally", {{"cancel_self"}, {"log", "l4"}, {"return",
        "r5"}}, {{"try", {"var", "f2"}}, {"cancel", "f2"}, {"cancel", "f2"}}}}},
      {"as_completed", {{"var", "t3"}, {"gather", {{"shield", {"var", "t3"}}}, true}, {"coro",
        "c7", {{"fut", "f8"}}}}, 2},
      {"await", {"shield", {"wait_for", {"wait", {"f2"}, 0, "FIRST_COMPLETED"}, 1}}},
      {"fut", "f9"},
      {"return", "r10"},
    },
    log = [=[
root starts; root got s1; t3 starts; t3 uncancel 0; t3 self cancel true; t3 l4; t3 finally;
c7 starts; c7 ends; t3 caught Cancelled 0.5; t3 cancel f2 false; t3 cancel f2 false; t3 ends;
root item nil; root item nil; root item [nil]; root got d:f2 p:; root ends; f2 cancelled;
f8 result settled; f9 result settled; t3 result nil 1; root r10 0.5]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"try", {"coro", "c2", {{"spawn", "t3", {{"later", 1, {{"log", "l4"}}}, {"spawn", "t5",
        {{"await", {"sleep", 0, "s6"}}, {"await", {"sleep", 1.5, "s7"}}, {"return", "r8"}}},
        {"as_completed", {{"var", "t5"}}, 2, true}, {"raise", "e9"}}}, {"cancel", "t3"}, {"later",
        1, {}}, {"try", {"var", "t3"}}}}},
      {"log", "l10"},
      {"as_completed", {{"wait_for", {"gather", {{"sleep", 1, "s11"}, {"sleep", 3, "s12"}}, true},
        0}}, 1, true},
      {"try_cancellable", {"gather", {{"wait_for", {"wait_for", {"sleep", 1, "s13"}, 2}, 1},
        {"gather", {{"wait_for", {"coro", "c14", {{"await", {"sleep", 1.5, "s15"}}, {"return",
        "r16"}}}, 1.5}}, true}, {"gather", {{"coro", "c17", {{"try_cancellable", {"sleep", 0,
        "s18"}}}}, {"wait_for", {"sleep", 3, "s19"}, 0.5}, {"shield", {"coro", "c20", {{"log",
        "l21"}, {"return", "r22"}}}}}, true}}, true}},
      {"fut", "f23"},
    },
    log = [=[
root starts; root got s1; c2 starts; c2 cancel t3 true; c2 caught Cancelled 0; c2 ends;
root got nil; root l10; root item Timeout; c14 starts; c20 starts; c20 l21; c20 ends; c17 starts;
c17 got s18; c17 ends; c14 raises Cancelled; root got [Timeout [Timeout] [nil Timeout r22]];
root ends; f23 result settled; t3 cancelled 1; root nil 1.5]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"fut", "f2"},
      {"state", "f2"},
      {"await", {"sleep", 0, "s3"}},
      {"await", {"sleep", 0, "s4"}},
      {"try", {"shield", {"gather", {{"coro", "c5", {{"soon", {{"callback", "f2", "cb6"}, {"set",
        "f2", "x7"}}}}}, {"wait_for", {"coro", "c8", {{"try_cancellable", {"var", "f2"}},
        {"return", "r9"}}}, 1}, {"shield", {"var", "f2"}}}, true}}},
      {"later", 0, {{"cancel", "f2"}}},
      {"soon", {{"fail", "f2", "x11"}}},
      {"later", 0, {{"log", "l12"}}},
      {"as_completed", {{"wait_for", {"gather", {{"var", "f2"}, {"var", "f2"}}, true}, 0.5},
        {"var", "f2"}, {"wait_for", {"var", "f2"}, 5}}, false},
      {"soon", {{"callback", "f2", "cb13"}, {"fail", "f2", "x14"}}},
      {"return", "r15"},
    },
    log = [=[
root starts; root got s1; root f2 pending; root got s3; root got s4; c5 starts; c5 ends; c8 starts;
c8 got x7; c8 ends; callback cb6; root got [nil r9 x7]; timer cancel f2 false; timer l12;
root item x7; root item [x7 x7]; root item x7; root ends; callback cb13; f2 result x7;
root r15 0]=],
  },
  {
    program = {
      {"as_completed", {{"wait_for", {"shield", {"coro", "c1", {{"soon", {{"log", "l2"}}}}}}, 0.5},
        {"gather", {{"sleep", 0, "s3"}}, false}}, false},
      {"spawn", "t4", {{"await", {"sleep", 0, "s5"}}, {"return", "r6"}}},
      {"await", {"sleep", 0, "s7"}},
      {"ticker", 4, "k8"},
      {"later", 1, {{"log", "l9"}, {"callback", "t4", "cb10"}}},
      {"try", {"wait_for", {"gather", {{"wait", {"t4", "t4"}, false, "FIRST_COMPLETED"}, {"sleep",
        0, "s13"}, {"gather", {{"coro", "c14", {{"cancel_self"}}}, {"var", "t4"}, {"sleep", 1,
        "s15"}}, true}}, false}, false}},
      {"spawn", "t16", {{"await", {"sleep", 1, "s17"}}, {"state", "t4"}, {"state", "t4"}, {"raise",
        "e18"}}},
      {"raise", "e19"},
    },
    log = [=[
root starts; c1 starts; c1 ends; soon l2; root item nil; root item [s3]; t4 starts; root got s7;
t4 got s5; t4 ends; k8 tick 1; c14 starts; c14 self cancel true; c14 ends; k8 tick 2; k8 tick 3;
k8 tick 4; timer l9; callback cb10; root got [d:t4 p: s13 [Cancelled r6 s15]]; root raises e19;
t16 starts; t16 got s17; t16 t4 result r6 0; t16 t4 result r6 0; t16 raises e18; t16 failed e18 0;
t4 result r6 0; root e19 2]=],
  },
  {
    program = {
      {"try_cancellable", {"sleep", 0, "s1"}},
      {"fut", "f2"},
      {"set", "f2", "x3"},
      {"uncancel"},
      {"log", "l4"},
      {"cancel", "f2"},
      {"let", "g5", {"shield", {"var", "f2"}}},
      {"await", {"sleep", 1.5, "s6"}},
      {"cancel", "g5"},
      {"cancel", "g5"},
      {"try", {"wait_for", {"coro", "c7", {{"log", "l8"}, {"spawn", "t9", {{"later", 2, {{"cancel",
        "g5"}}}, {"raise", "e11"}}}}}, 0.5}},
      {"set", "f2", "x12"},
      {"spawn", "t13", {{"await", {"var", "f2"}}, {"try", {"wait", {"g5", "g5", "f2"}, false,
        "ALL_COMPLETED"}}, {"raise", "e14"}}},
      {"try_cancellable", {"gather", {{"shield", {"shield", {"sleep", 0, "s15"}}}, {"gather",
        {{"sleep", 0, "s16"}, {"shield", {"var", "f2"}}, {"gather", {{"coro", "c17", {{"spawn",
        "t18", {{"state", "t13"}, {"return", "r19"}}}}}, {"coro", "c20", {{"try", {"sleep", 2,
        "s21"}}}}}, false}}, true}}, false}},
      {"finally", {{"try", {"var", "t13"}}, {"fut", "f22"}, {"as_completed", {{"coro", "c23",
        {{"state", "f22"}, {"raise", "e24"}}}, {"var", "f2"}, {"gather", {{"sleep", 1.5, "s25"}},
        true}}, 1, true}, {"raise", "e26"}}, {{"cancel", "g5"}, {"await", {"sleep", 0, "s27"}},
        {"return", "r28"}}},
      {"set", "f2", "x29"},
      {"callback", "f2", "cb30"},
      {"raise", "e31"},
    },
    log = [=[
root starts; root got s1; root uncancel 0; root l4; root cancel f2 false; root got s6;
root cancel g5 false; root cancel g5 false; c7 starts; c7 l8; c7 ends; root got nil; t9 starts;
t9 raises e11; t13 starts; t13 got x3; c17 starts; c17 ends; c20 starts; t18 starts;
t18 t13 pending 0; t18 ends; t13 got d:g5,f2 p:; t13 raises e14; timer cancel g5 false; c20 got s21;
c20 ends; root got [s15 [s16 x3 [nil nil]]]; root caught e14 3.5; c23 starts; c23 f22 pending;
c23 raises e24; root item x3; root item e24; root items Timeout; root finally; root cancel g5 false;
root got s27; root raises e26; f2 result x3; f22 result settled; g5 result x3; t13 failed e14 0;
t18 result r19 0; t9 failed e11 0; root e26 4.5]=],
  },
  {
    program = {
      {"ticker", 2, "k1"},
      {"await", {"gather", {{"gather", {{"gather", {{"sleep", 2, "s2"}, {"coro", "c3",
        {{"try_cancellable", {"sleep", 0, "s4"}}}}, {"coro", "c5", {{"as_completed", {{"sleep", 0,
        "s6"}, {"sleep", 1.5, "s7"}}, 1, true}, {"raise", "e8"}}}}, true}}, true}}, false}},
      {"later", 0, {{"log", "l9"}}},
      {"try", {"wait_for", {"sleep", 0, "s10"}, false}},
      {"let", "g11", {"shield", {"wait_for", {"coro", "c12", {{"await", {"sleep", 2, "s13"}}}},
        5}}},
      {"try_cancellable", {"var", "g11"}},
      {"later", 1.5, {{"callback", "g11", "cb14"}}},
      {"let", "g15", {"gather", {{"sleep", 0, "s16"}, {"var", "g11"}}, false}},
      {"spawn", "t17", {{"cancel_self"}, {"log", "l18"}, {"cancel", "g15"}, {"as_completed",
        {{"gather", {}, true}, {"wait_for", {"var", "g11"}, 1.5}, {"wait_for", {"coro", "c19",
        {{"return", "r21"}}}, 0.5}}, 0}, {"return", "r22"}}, true},
      {"await", {"sleep", 1.5, "s26"}},
      {"raise", "e27"},
    },
    log = [=[
root starts; k1 tick 1; c3 starts; c5 starts; k1 tick 2; c3 got s4; c3 ends; c5 item s6;
c5 items Timeout; c5 raises e8; root got [[[s2 nil e8]]]; root got s10; timer l9; c12 starts;
c12 got s13; c12 ends; root got nil; t17 starts; t17 self cancel true; t17 l18; t17 cancel g15 true;
c19 starts; c19 ends; t17 raises Cancelled; callback cb14; root got s26; root raises e27;
g11 result nil; g15 failed Cancelled; t17 cancelled 1; root e27 5.5]=],
  },
  {
    program = {
      {"try", {"coro", "c1", {{"spawn", "t2", {{"fut", "f3"}, {"return", "r4"}}}, {"await",
        {"sleep", 2, "s5"}}, {"spawn", "t6", {{"soon", {{"callback", "t2", "cb7"}}}, {"spawn",
        "t8", {{"as_completed", {{"sleep", 2, "s9"}, {"var", "t2"}, {"sleep", 2, "s10"}}, 1,
        true}}}, {"cancel", "t2"}, {"return", "r11"}}}, {"await", {"sleep", 0, "s12"}}}}},
      {"log", "l13"},
      {"log", "l14"},
      {"log", "l15"},
      {"later", 1, {{"log", "l16"}}},
      {"spawn", "t17", {{"await", {"shield", {"gather", {{"sleep", 1.5, "s18"}, {"coro", "c19",
        {{"await", {"sleep", 2, "s20"}}, {"raise", "e21"}}}}, true}}}, {"await", {"sleep", 0.5,
        "s22"}}, {"try", {"gather", {{"gather", {}, false}}, false}}}},
      {"soon", {{"callback", "t17", "cb23"}}},
      {"await", {"var", "t17"}},
      {"try_cancellable", {"wait_for", {"wait_for", {"wait_for", {"var", "t17"}, 2}, 2}, 5}},
      {"soon", {}},
      {"finally", {{"as_completed", {{"wait_for", {"var", "t17"}, 1.5}, {"wait_for", {"coro",
        "c24", {{"try", {"var", "t17"}}, {"return", "r25"}}}, 1}}, false}, {"spawn", "t26",
        {{"cancel_self"}, {"return", "r27"}}}, {"cancel", "t26"}, {"await", {"gather", {{"gather",
        {{"coro", "c28", {{"later", 0.5, {{"cancel", "t17"}}}, {"raise", "e29"}}}}, true}},
        false}}, {"raise", "e30"}}, {{"uncancel"}, {"await", {"shield", {"var", "t17"}}}, {"soon",
        {}}}},
      {"try_cancellable", {"wait_for", {"var", "t17"}, 5}},
      {"finally", {{"later", 3, {{"cancel", "t17"}, {"cancel", "t17"}}}, {"await", {"var",
        "t17"}}}, {{"state", "t17"}, {"return", "r31"}}},
      {"await", {"sleep", 0, "s32"}},
      {"return", "r33"},
    },
    log = [=[
root starts; c1 starts; t2 starts; t2 ends; c1 got s5; t6 starts; t6 cancel t2 false; t6 ends;
c1 got s12; c1 ends; root got nil; root l13; root l14; root l15; t8 starts; t17 starts;
callback cb7; c19 starts; t8 item r4; timer l16; t8 items Timeout; t8 ends; c19 got s20;
c19 raises e21; t17 got [s18 e21]; t17 got s22; t17 got [[]]; t17 ends; root got nil; root got nil;
callback cb23; c24 starts; c24 got nil; c24 ends; root item nil; root item r25;
root cancel t26 true; c28 starts; c28 raises e29; root got [[e29]]; root finally; root uncancel 0;
root got nil; root raises e30; f3 result settled; t17 result nil 0; t2 result r4 0; t26 cancelled 1;
t6 result r11 0; t8 result nil 0; root e30 4.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"await", {"wait_for", {"wait_for", {"shield", {"coro", "c2", {{"log", "l3"}}}}, 1}, 2}},
      {"soon", {{"log", "l4"}, {"log", "l5"}}},
      {"as_completed", {{"coro", "c6", {{"soon", {{"log", "l7"}}}, {"return", "r8"}}}}, 2},
      {"try", {"gather", {{"wait_for", {"shield", {"coro", "c9", {{"return", "r12"}}}}, 1},
        {"wait_for", {"gather", {{"coro", "c13", {{"return", "r18"}}}, {"sleep", 0, "s19"}}, true},
        1}}, true}},
      {"later", 0, {{"log", "l20"}}},
      {"try", {"sleep", 1, "s21"}},
      {"log", "l22"},
      {"uncancel"},
      {"log", "l23"},
    },
    log = [=[
root starts; root l1; c2 starts; c2 l3; c2 ends; root got nil; soon l4; soon l5; c6 starts; c6 ends;
soon l7; root item r8; c9 starts; c9 ends; c13 starts; c13 ends; root got [r12 [r18 s19]];
timer l20; root got s21; root l22; root uncancel 0; root l23; root ends; root nil 1]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"await", {"shield", {"gather", {{"shield", {"var", "f1"}}}, true}}},
      {"try", {"var", "f1"}},
      {"spawn", "t2", {{"await", {"sleep", 0, "s3"}}, {"later", 0, {{"cancel", "f1"}}}, {"return",
        "r4"}}},
      {"await", {"sleep", 3, "s5"}},
      {"as_completed", {{"shield", {"gather", {{"var", "f1"}, {"coro", "c6", {{"await", {"sleep",
        0, "s7"}}, {"raise", "e8"}}}, {"var", "t2"}}, true}}, {"wait_for", {"gather", {{"var",
        "t2"}, {"var", "t2"}}, false}, 1.5}, {"var", "f1"}}, 1, true},
      {"fut", "f9"},
      {"soon", {{"set", "f9", "x10"}}},
      {"state", "f1"},
      {"try", {"coro", "c11", {{"ticker", 3, "k12"}, {"return", "r13"}}}},
      {"await", {"sleep", 3, "s14"}},
    },
    log = [=[
root starts; root got [settled]; root got settled; t2 starts; t2 got s3; t2 ends;
timer cancel f1 false; root got s5; c6 starts; c6 got s7; c6 raises e8; root item settled;
root item [r4 r4]; root item [settled e8 r4]; root f1 result settled; c11 starts; c11 ends;
root got r13; k12 tick 1; k12 tick 2; k12 tick 3; root got s14; root ends; f1 result settled;
f9 result x10; t2 result r4 0; root nil 56]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"await", {"sleep", 0, "s2"}},
      {"await", {"gather", {{"gather", {{"shield", {"var", "f1"}}, {"var", "f1"}}, false}}, true}},
      {"spawn", "t3", {{"log", "l4"}}},
      {"try_cancellable", {"wait_for", {"wait_for", {"gather", {{"var", "f1"}, {"sleep", 3, "s5"}},
        true}, 1}, 1.5}},
      {"await", {"gather", {{"sleep", 1, "s6"}, {"shield", {"wait_for", {"var", "t3"}, 1.5}},
        {"sleep", 0.5, "s7"}}, false}},
      {"try", {"coro", "c8", {{"as_completed", {{"var", "f1"}, {"coro", "c9", {{"cancel", "f1"},
        {"ticker", 1, "k10"}}}, {"var", "t3"}}, 1}, {"finally", {{"await", {"sleep", 1, "s11"}},
        {"return", "r12"}}, {{"later", 1, {{"fail", "f1", "x13"}, {"fail", "f1", "x14"}}},
        {"return", "r15"}}}}}},
      {"await", {"sleep", 0, "s16"}},
      {"log", "l17"},
      {"soon", {{"fail", "f1", "x18"}}},
      {"later", 0, {{"cancel", "t3"}, {"cancel", "t3"}}},
      {"later", 1.5, {{"cancel", "t3"}}},
      {"await", {"sleep", 0, "s19"}},
      {"fut", "f20"},
    },
    log = [=[
root starts; root got s2; root got [[settled settled]]; t3 starts; t3 l4; t3 ends;
root caught Timeout 51; root got [s6 nil s7]; c8 starts; c9 starts; c9 cancel f1 false; c9 ends;
k10 tick 1; c8 item settled; c8 item nil; c8 item nil; c8 got s11; c8 finally; c8 ends;
root got nil; root got s16; root l17; root got s19; root ends; timer cancel t3 false;
timer cancel t3 false; f1 result settled; f20 result settled; t3 result nil 0; root nil 53]=],
  },
  {
    program = {
      {"try", {"gather", {{"gather", {{"wait_for", {"sleep", 1, "s1"}, -1}}, false}}, true}},
      {"spawn", "t2", {{"spawn", "t3", {{"try", {"sleep", 0, "s4"}}, {"log", "l5"}, {"log", "l6"},
        {"raise", "e7"}}}, {"spawn", "t8", {{"spawn", "t9", {{"callback", "t3", "cb10"}}},
        {"as_completed", {{"var", "t9"}, {"var", "t3"}}, false}, {"as_completed", {{"var", "t9"},
        {"sleep", 0, "s11"}, {"var", "t3"}}, 2, true}, {"raise", "e12"}}, true}}},
      {"spawn", "t13", {{"state", "t2"}, {"try_cancellable", {"wait_for", {"coro", "c14",
        {{"state", "t2"}, {"as_completed", {{"var", "t2"}, {"var", "t2"}}, 0}, {"return", "r15"}}},
        1.5}}, {"return", "r16"}}},
      {"cancel", "t2"},
      {"try", {"shield", {"wait", {"t13", "t2", "t2"}, 0, "FIRST_EXCEPTION"}}},
      {"soon", {{"cancel", "t13"}, {"callback", "t2", "cb17"}}},
      {"log", "l18"},
      {"cancel", "t2"},
      {"await", {"sleep", 0, "s19"}},
      {"cancel_self"},
      {"state", "t13"},
    },
    log = [=[
root starts; root got [Timeout]; root cancel t2 true; t13 starts; t13 t2 cancelled 1; c14 starts;
c14 t2 cancelled 1; c14 raises Cancelled; t13 raises Cancelled; root got d:t13,t2 p:; root l18;
root cancel t2 false; soon cancel t13 false; root got s19; root self cancel true;
root t13 cancelled 0; root ends; callback cb17; t13 cancelled 0; t2 cancelled 1;
root Cancelled 0]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"spawn", "t3", {{"log", "l4"}, {"log", "l5"}, {"later", 1, {{"log", "l6"}, {"log", "l7"}}}}},
      {"state", "t3"},
      {"ticker", 1, "k8"},
      {"ticker", 2, "k9"},
      {"await", {"gather", {{"var", "t3"}, {"gather", {{"wait_for", {"var", "t3"}, false}},
        false}}, true}},
      {"try", {"gather", {{"wait_for", {"shield", {"var", "t3"}}, 0.5}, {"gather", {{"gather",
        {{"coro", "c13", {{"soon", {}}, {"raise", "e14"}}}, {"sleep", 1.5, "s15"}, {"coro", "c16",
        {{"log", "l17"}}}}, true}, {"var", "t3"}}, false}}, false}},
      {"log", "l18"},
      {"later", 0, {{"cancel", "t3"}}},
      {"await", {"sleep", 0, "s19"}},
      {"return", "r20"},
    },
    log = [=[
root starts; root l1; root l2; root t3 pending 0; t3 starts; t3 l4; t3 l5; t3 ends; k8 tick 1;
k9 tick 1; k9 tick 2; root got [nil [nil]]; c13 starts; c13 raises e14; c16 starts; c16 l17;
c16 ends; timer l6; timer l7; root got [nil [[e14 s15 nil] nil]]; root l18; root got s19; root ends;
timer cancel t3 false; t3 result nil 0; root r20 1.5]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}}},
      {"try", {"wait_for", {"coro", "c2", {{"spawn", "t3", {{"soon", {{"log", "l4"}, {"log",
        "l5"}}}, {"return", "r6"}}}, {"try_cancellable", {"var", "t3"}}, {"try", {"shield", {"var",
        "t3"}}}, {"return", "r7"}}}, 1}},
      {"fut", "f8"},
      {"finally", {{"finally", {{"try", {"gather", {{"var", "f8"}}, false}}, {"fut", "f9"}},
        {{"as_completed", {{"var", "f8"}, {"var", "f8"}, {"sleep", 2, "s10"}}, 1}}}, {"await",
        {"gather", {{"sleep", 1, "s11"}, {"wait", {"f8", "f8", "f8"}, false, "ALL_COMPLETED"},
        {"gather", {{"var", "f8"}, {"var", "f8"}}, false}}, false}}, {"await", {"var", "f8"}},
        {"cancel", "f8"}, {"cancel", "f8"}, {"return", "r12"}}, {{"await", {"sleep", 1.5, "s13"}},
        {"uncancel"}, {"soon", {{"cancel", "f8"}, {"callback", "f8", "cb14"}}}}},
      {"await", {"sleep", 0.5, "s15"}},
      {"finally", {{"cancel", "f8"}, {"callback", "f8", "cb16"}, {"return", "r17"}}, {{"spawn",
        "t18", {{"await", {"var", "f8"}}, {"return", "r19"}}, true}, {"uncancel"}}},
      {"try", {"shield", {"var", "f8"}}},
      {"raise", "e21"},
    },
    log = [=[
root starts; c2 starts; soon l1; t3 starts; t3 ends; soon l4; soon l5; c2 got r6; c2 got r6;
c2 ends; root got r7; root got [settled]; root finally; root item settled; root item raised Timeout;
root got [s11 d:f8 p: [settled settled]]; root got settled; root cancel f8 false;
root cancel f8 false; root finally; root got s13; root uncancel 0; soon cancel f8 false;
callback cb14; root got s15; root cancel f8 false; root finally; t18 starts; t18 got settled;
t18 ends; root uncancel 0; root got settled; root raises e21; callback cb16; f8 result settled;
f9 result settled; t18 result r19 0; t3 result r6 0; root e21 54]=],
  },
  {
    program = {
      {"finally", {{"as_completed", {{"gather", {}, false}}, 1, true}, {"return", "r8"}},
        {{"later", 1, {{"log", "l9"}, {"log", "l10"}}}, {"await", {"sleep", 1.5, "s11"}}, {"spawn",
        "t12", {{"as_completed", {{"coro", "c13", {{"log", "l14"}, {"return", "r15"}}}, {"coro",
        "c16", {{"try", {"sleep", 0, "s17"}}, {"return", "r18"}}}}, 1}, {"as_completed", {{"sleep",
        0, "s19"}}, 0}, {"return", "r20"}}}, {"return", "r21"}}},
      {"try_cancellable", {"gather", {{"gather", {{"gather", {{"sleep", 1.5, "s22"}, {"coro",
        "c23", {{"log", "l24"}}}, {"coro", "c25", {{"try_cancellable", {"sleep", 1, "s26"}},
        {"return", "r27"}}}}, false}, {"sleep", 0, "s28"}}, false}, {"sleep", 0, "s29"}}, true}},
      {"try_cancellable", {"gather", {{"gather", {{"gather", {}, false}, {"wait_for", {"sleep", 0,
        "s30"}, 1.5}}, false}, {"wait_for", {"coro", "c31", {{"soon", {{"log", "l32"}, {"log",
        "l33"}}}, {"return", "r37"}}}, false}}, false}},
      {"log", "l38"},
      {"ticker", 3, "k41"},
      {"as_completed", {{"wait_for", {"gather", {}, false}, -1}, {"wait_for", {"wait_for",
        {"sleep", 2, "s42"}, false}, 0}, {"sleep", 1, "s43"}}, false},
      {"await", {"sleep", 0, "s44"}},
      {"await", {"sleep", 0.5, "s45"}},
      {"log", "l46"},
      {"raise", "e47"},
    },
    log = [=[
root starts; root item []; root finally; timer l9; timer l10; root got s11; t12 starts; c23 starts;
c23 l24; c23 ends; c25 starts; c13 starts; c13 l14; c13 ends; c16 starts; c16 got s17; c16 ends;
t12 item r15; t12 item r18; t12 item raised Timeout; t12 ends; c25 got s26; c25 ends;
root got [[[s22 nil r27] s28] s29]; c31 starts; c31 ends; soon l32; soon l33;
root got [[[] s30] r37]; root l38; k41 tick 1; k41 tick 2; k41 tick 3; root item [];
root item raised Timeout; root item s43; root got s44; root got s45; root l46; root raises e47;
t12 result r20 0; root e47 4.5]=],
  },
  {
    program = {
      {"spawn", "t1", {{"ticker", 1, "k2"}, {"spawn", "t3", {{"as_completed", {{"sleep", 0.5,
        "s4"}}, 0, true}, {"fut", "f5"}, {"spawn", "t6", {{"await", {"sleep", 3, "s7"}},
        {"as_completed", {{"var", "f5"}, {"var", "f5"}, {"var", "f5"}}, 2, true}}}, {"return",
        "r8"}}}, {"cancel", "t3"}, {"return", "r9"}}},
      {"as_completed", {{"var", "t1"}}, 0, true},
      {"ticker", 4, "k10"},
      {"try", {"shield", {"wait_for", {"var", "t1"}, 2}}},
      {"as_completed", {{"coro", "c12", {{"await", {"gather", {{"var", "t1"}}, false}}, {"await",
        {"shield", {"sleep", 0.5, "s13"}}}, {"try", {"gather", {{"var", "t1"}, {"var", "t1"}},
        true}}, {"raise", "e14"}}}}, 1, true},
      {"cancel", "t1"},
      {"later", 2, {{"callback", "t1", "cb15"}, {"cancel", "t1"}}},
      {"let", "g16", {"gather", {{"shield", {"sleep", 0, "s17"}}, {"wait_for", {"var", "t1"}, 1}},
        true}},
      {"spawn", "t18", {{"try_cancellable", {"var", "g16"}}, {"log", "l19"}, {"soon", {{"callback",
        "t1", "cb20"}}}, {"raise", "e21"}}},
      {"return", "r22"},
    },
    log = [=[
root starts; t1 starts; t1 cancel t3 true; t1 ends; k2 tick 1; root items Timeout; k10 tick 1;
k10 tick 2; k10 tick 3; root got r9; k10 tick 4; c12 starts; c12 got [r9]; c12 got s13;
c12 got [r9 r9]; c12 raises e14; root item e14; root cancel t1 false; root ends; t18 starts;
t18 got [s17 r9]; t18 l19; t18 raises e21; callback cb20; g16 result [s17 r9]; t1 result r9 0;
t18 failed e21 0; t3 cancelled 1; root r22 0.5]=],
  },
  {
    program = {
      {"await", {"wait_for", {"wait_for", {"gather", {}, true}, false}, 1}},
      {"ticker", 4, "k1"},
      {"as_completed", {{"gather", {{"gather", {{"sleep", 3, "s2"}, {"coro", "c3", {{"try",
        {"sleep", 0, "s4"}}, {"raise", "e5"}}}}, false}, {"gather", {{"sleep", 1, "s6"}, {"coro",
        "c7", {{"fut", "f8"}, {"raise", "e9"}}}, {"coro", "c10", {{"try", {"sleep", 0, "s11"}},
        {"return", "r12"}}}}, false}}, true}}, 1},
      {"later", 0.5, {{"log", "l13"}}},
      {"spawn", "t14", {{"await", {"sleep", 1, "s15"}}, {"return", "r16"}}},
      {"fut", "f17"},
      {"cancel", "f17"},
      {"try", {"var", "t14"}},
      {"await", {"gather", {{"gather", {}, true}, {"wait_for", {"sleep", 0, "s18"}, 0.5},
        {"gather", {{"var", "t14"}}, false}}, true}},
      {"log", "l19"},
      {"try_cancellable", {"var", "f17"}},
      {"await", {"sleep", 2, "s20"}},
      {"raise", "e21"},
    },
    log = [=[
root starts; root got []; k1 tick 1; c3 starts; c7 starts; c7 raises e9; c10 starts; k1 tick 2;
c3 got s4; c3 raises e5; c10 got s11; c10 ends; k1 tick 3; k1 tick 4; root item [e5 e9];
root cancel f17 true; t14 starts; timer l13; t14 got s15; t14 ends; root got r16;
root got [[] s18 [r16]]; root l19; root raises Cancelled; f17 cancelled; f8 result settled;
t14 result r16 0; root Cancelled 1]=],
  },
  {
    program = {
      {"try", {"wait_for", {"wait_for", {"gather", {{"coro", "c1", {{"await", {"sleep", 1,
        "s2"}}}}, {"sleep", 0, "s3"}}, false}, 0}, 0}},
      {"await", {"wait_for", {"wait_for", {"wait_for", {"coro", "c4", {{"await", {"sleep", 0,
        "s5"}}}}, 1}, 1}, 1}},
      {"let", "g6", {"gather", {{"shield", {"sleep", 1, "s7"}}, {"shield", {"coro", "c8",
        {{"as_completed", {{"sleep", 2, "s9"}, {"coro", "c10", {{"as_completed", {{"sleep", 0.5,
        "s11"}, {"sleep", 0, "s12"}}, 2, true}}}, {"coro", "c13", {{"fut", "f14"}}}}, 0},
        {"return", "r15"}}}}, {"gather", {{"coro", "c16", {}}, {"coro", "c19", {{"try", {"coro",
        "c20", {{"spawn", "t21", {{"await", {"sleep", 0, "s22"}}}, true}, {"return", "r23"}}}}}}},
        false}}, false}},
      {"try", {"shield", {"var", "g6"}}},
      {"later", 0, {}},
      {"try", {"gather", {{"shield", {"shield", {"var", "g6"}}}}, true}},
      {"let", "g24", {"gather", {}, false}},
      {"fut", "f25"},
      {"try_cancellable", {"var", "g6"}},
      {"log", "l27"},
    },
    log = [=[
root starts; c1 starts; root caught Timeout 0; c4 starts; c4 got s5; c4 ends; root got nil;
c8 starts; c16 starts; c16 ends; c19 starts; c20 starts; t21 starts; c20 ends; c19 got r23;
c19 ends; c10 starts; c13 starts; c13 ends; t21 got s22; t21 ends; c8 item raised Timeout;
c8 item raised Timeout; c8 item raised Timeout; c8 ends; c10 item s12; c10 item s11; c10 ends;
c1 got s2; c1 ends; root got [s7 r15 [nil nil]]; root got [[s7 r15 [nil nil]]];
root got [s7 r15 [nil nil]]; root l27; root ends; f14 result settled; f25 result settled;
g24 result []; g6 result [s7 r15 [nil nil]]; t21 result nil 0; root nil 1]=],
  },
  {
    program = {
      {"as_completed", {{"gather", {{"wait_for", {"coro", "c1", {}}, 1}, {"gather", {}, false}},
        false}, {"shield", {"coro", "c4", {{"log", "l5"}, {"log", "l6"}, {"log", "l7"}, {"raise",
        "e8"}}}}, {"gather", {{"gather", {}, false}, {"wait_for", {"sleep", 3, "s9"}, 1.5},
        {"wait_for", {"sleep", 1, "s10"}, -1}}, true}}, 2},
      {"fut", "f11"},
      {"try", {"var", "f11"}},
      {"spawn", "t12", {{"log", "l13"}, {"cancel", "f11"}, {"log", "l14"}, {"later", 0.5, {{"fail",
        "f11", "x15"}, {"fail", "f11", "x16"}}}}},
      {"later", 2, {{"set", "f11", "x17"}, {"cancel", "t12"}}},
      {"fut", "f18"},
      {"try", {"shield", {"wait_for", {"wait_for", {"coro", "c19", {{"await", {"var", "f18"}},
        {"return", "r20"}}}, 1.5}, false}}},
      {"try_cancellable", {"wait_for", {"var", "f11"}, 0.5}},
      {"cancel", "f18"},
      {"let", "g21", {"gather", {{"wait_for", {"var", "t12"}, 5}}, false}},
      {"as_completed", {{"sleep", 0, "s22"}, {"var", "f11"}, {"var", "f18"}}, false},
      {"try_cancellable", {"sleep", 0, "s23"}},
    },
    log = [=[
root starts; c1 starts; c1 ends; c4 starts; c4 l5; c4 l6; c4 l7; c4 raises e8; root item [nil []];
root item raised e8; root item [[] Timeout Timeout]; root got settled; t12 starts; t12 l13;
t12 cancel f11 false; t12 l14; t12 ends; c19 starts; c19 raises Cancelled; root caught Timeout 51.5;
root got settled; root cancel f18 false; root item settled; root raises Cancelled;
f11 result settled; f18 cancelled; g21 result [nil]; t12 result nil 0; root Cancelled 51.5]=],
  },
  {
    program = {
      {"try", {"gather", {{"gather", {{"wait_for", {"sleep", 1, "s1"}, 5}, {"gather", {{"sleep", 0,
        "s2"}}, true}}, true}, {"gather", {}, false}, {"gather", {{"gather", {{"coro", "c3",
        {{"try_cancellable", {"sleep", 0, "s4"}}}}}, false}, {"shield", {"coro", "c5", {{"await",
        {"coro", "c6", {{"await", {"sleep", 1, "s7"}}, {"raise", "e8"}}}}}}}}, false}}, true}},
      {"try", {"gather", {{"coro", "c9", {{"await", {"sleep", 0, "s10"}}, {"later", 1.5, {{"log",
        "l11"}}}, {"return", "r12"}}}, {"wait_for", {"gather", {{"coro", "c13", {{"try", {"sleep",
        3, "s14"}}, {"raise", "e15"}}}, {"coro", "c16", {{"await", {"sleep", 1, "s17"}}}}}, false},
        2}, {"wait_for", {"wait_for", {"sleep", 1, "s18"}, 5}, 0}}, true}},
      {"log", "l19"},
      {"soon", {{"log", "l20"}, {"log", "l21"}}},
      {"try", {"sleep", 0, "s22"}},
      {"await", {"sleep", 1.5, "s23"}},
      {"cancel_self"},
      {"ticker", 1, "k24"},
      {"soon", {{"log", "l25"}}},
      {"await", {"sleep", 0.5, "s26"}},
      {"fut", "f27"},
      {"return", "r28"},
    },
    log = [=[
root starts; c3 starts; c5 starts; c6 starts; c3 got s4; c3 ends; c6 got s7; c6 raises e8;
c5 raises e8; root got [[s1 [s2]] [] e8]; c13 starts; c16 starts; c9 starts; c9 got s10; c9 ends;
c16 got s17; c16 ends; timer l11; c13 caught Cancelled 3; c13 raises e15;
root got [r12 e15 Timeout]; root l19; soon l20; soon l21; root got s22; root got s23;
root self cancel true; k24 tick 1; soon l25; root raises Cancelled; root Cancelled 4.5]=],
  },
  {
    program = {
      {"await", {"gather", {{"wait_for", {"wait_for", {"coro", "c1", {{"fut", "f2"}, {"return",
        "r3"}}}, 0}, -1}, {"gather", {{"gather", {{"sleep", 2, "s4"}, {"coro", "c5", {{"fut",
        "f6"}, {"return", "r7"}}}}, true}, {"shield", {"coro", "c8", {{"log", "l9"}}}}}, false}},
        true}},
      {"ticker", 4, "k10"},
      {"log", "l11"},
      {"log", "l12"},
      {"cancel_self"},
      {"soon", {{"log", "l13"}}},
      {"fut", "f14"},
      {"cancel", "f14"},
      {"await", {"wait_for", {"shield", {"sleep", 0.5, "s15"}}, 0}},
      {"try_cancellable", {"wait_for", {"var", "f14"}, -1}},
      {"try_cancellable", {"var", "f14"}},
      {"fut", "f16"},
      {"as_completed", {{"shield", {"wait_for", {"coro", "c17", {{"later", 0, {{"cancel", "f14"},
        {"set", "f14", "x19"}}}}}, 1.5}}, {"var", "f14"}, {"var", "f16"}}, false},
      {"spawn", "t20", {{"try", {"gather", {}, false}}, {"fut", "f21"}, {"later", 1, {{"log",
        "l22"}}}, {"return", "r24"}}},
      {"return", "r26"},
    },
    log = [=[
root starts; c5 starts; c5 ends; c8 starts; c8 l9; c8 ends; root got [Timeout [[s4 r7] nil]];
root l11; root l12; root self cancel true; root cancel f14 true; k10 tick 1; soon l13;
root raises Cancelled; k10 tick 2; k10 tick 3; f14 cancelled; f6 result settled; root Cancelled 2;
k10 tick 4]=],
  },
  {
    program = {
      {"spawn", "t1", {{"finally", {{"soon", {{"log", "l2"}}}, {"spawn", "t3", {{"log", "l4"},
        {"raise", "e5"}}, true}}, {{"uncancel"}, {"fut", "f6"}, {"return", "r7"}}}, {"try",
        {"coro", "c8", {{"uncancel"}, {"cancel_self"}}}}, {"as_completed", {{"wait_for", {"sleep",
        1, "s9"}, 0.5}}, 1}, {"ticker", 1, "k10"}}, true},
      {"log", "l11"},
      {"soon", {{"cancel", "t1"}}},
      {"try", {"gather", {{"gather", {{"gather", {{"sleep", 0, "s12"}, {"var", "t1"}}, true},
        {"var", "t1"}}, false}, {"shield", {"coro", "c13", {{"callback", "t1", "cb14"}, {"try",
        {"var", "t1"}}, {"return", "r15"}}}}, {"var", "t1"}}, true}},
      {"spawn", "t16", {{"spawn", "t17", {{"try", {"var", "t1"}}, {"soon", {{"log", "l18"}}},
        {"return", "r19"}}}}},
      {"spawn", "t22", {{"later", 1, {{"cancel", "t16"}, {"cancel", "t1"}}}, {"log", "l23"},
        {"try", {"wait", {"t1", "t16"}, 2, "ALL_COMPLETED"}}, {"as_completed", {{"shield", {"var",
        "t16"}}, {"coro", "c24", {{"await", {"var", "t16"}}}}, {"gather", {{"var", "t16"}, {"var",
        "t1"}, {"sleep", 0, "s25"}}, false}}, false}}},
      {"soon", {{"log", "l26"}, {"cancel", "t16"}}},
      {"return", "r27"},
    },
    log = [=[
root starts; t1 starts; t3 starts; t3 l4; t3 raises e5; t1 finally; t1 uncancel 0; c8 starts;
c8 uncancel 0; c8 self cancel true; c8 ends; t1 got nil; root l11; soon l2; t1 raises Cancelled;
soon cancel t1 false; c13 starts; c13 caught Cancelled 0; c13 ends; callback cb14;
root got [Cancelled r15 Cancelled]; root ends; t16 starts; t16 ends; t22 starts; t22 l23; soon l26;
soon cancel t16 false; t17 starts; t17 caught Cancelled 0; t17 ends; soon l18; t22 got d:t1,t16 p:;
c24 starts; c24 got nil; c24 ends; t22 item nil; t22 raises Cancelled; f6 result settled;
t1 cancelled 1; t16 result nil 0; t17 result r19 0; t22 cancelled 0; t3 failed e5 0; root r27 0]=],
  },
  {
    program = {
      {"spawn", "t1", {{"log", "l2"}, {"finally", {{"later", 0, {{"log", "l3"}}}}, {{"await",
        {"sleep", 0.5, "s4"}}, {"return", "r5"}}}, {"raise", "e6"}}},
      {"try_cancellable", {"wait_for", {"var", "t1"}, 1.5}},
      {"log", "l7"},
      {"spawn", "t10", {{"await", {"var", "t1"}}, {"as_completed", {{"gather", {{"var", "t1"},
        {"var", "t1"}}, false}, {"gather", {}, true}}, 2}}},
      {"cancel", "t10"},
      {"try", {"wait_for", {"shield", {"var", "t10"}}, 0.5}},
      {"try_cancellable", {"wait_for", {"wait_for", {"sleep", 1, "s11"}, 1}, 1}},
      {"await", {"wait_for", {"gather", {{"shield", {"var", "t10"}}, {"var", "t1"}}, true}, 5}},
      {"try", {"gather", {{"shield", {"wait", {"t1", "t1"}, 2, "ALL_COMPLETED"}}}, true}},
      {"spawn", "t12", {{"try", {"var", "t1"}}, {"return", "r13"}}},
      {"later", 0.5, {}},
      {"raise", "e14"},
    },
    log = [=[
root starts; t1 starts; t1 l2; t1 finally; timer l3; t1 got s4; t1 raises e6; root caught e6 0.5;
root l7; root cancel t10 true; root caught Cancelled 0.5; root caught Timeout 1.5;
root got [Cancelled e6]; root got [d:t1 p:]; root raises e14; t12 starts; t12 caught e6 1.5;
t12 ends; t1 failed e6 0; t10 cancelled 1; t12 result r13 0; root e14 1.5]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"wait_for", {"coro", "c2", {{"as_completed", {{"coro", "c3",
        {{"later", 0, {{"log", "l4"}, {"log", "l5"}}}, {"return", "r6"}}}}, 0, true}, {"return",
        "r7"}}}, 1.5}}},
      {"await", {"sleep", 0, "s8"}},
      {"later", 1, {}},
      {"let", "g9", {"shield", {"var", "g1"}}},
      {"cancel", "g9"},
      {"await", {"sleep", 1.5, "s10"}},
      {"try_cancellable", {"wait_for", {"gather", {{"gather", {{"var", "g1"}}, false}, {"var",
        "g9"}}, true}, 0.5}},
      {"as_completed", {{"gather", {{"var", "g9"}}, false}, {"wait_for", {"gather", {}, true},
        0.5}, {"gather", {{"wait_for", {"sleep", 0.5, "s11"}, -1}, {"var", "g9"}, {"shield",
        {"sleep", 0, "s12"}}}, false}}, 0, true},
      {"spawn", "t13", {{"fut", "f14"}, {"return", "r15"}}},
      {"return", "r16"},
    },
    log = [=[
root starts; c2 starts; root got s8; root cancel g9 true; c3 starts; c3 ends; c2 items Timeout;
c2 ends; timer l4; timer l5; root got s10; root got [[r7] Cancelled]; root item Cancelled;
root item Cancelled; root items Timeout; root ends; t13 starts; t13 ends; f14 result settled;
g1 result r7; g9 cancelled; t13 result r15 0; root r16 1.5]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"shield", {"sleep", 0, "s2"}}}},
      {"await", {"sleep", 1, "s3"}},
      {"try", {"gather", {{"shield", {"var", "g1"}}, {"gather", {{"wait", {"g1"}, false,
        "FIRST_EXCEPTION"}}, false}, {"var", "g1"}}, false}},
      {"finally", {{"callback", "g1", "cb4"}, {"log", "l5"}, {"try_cancellable", {"wait", {"g1",
        "g1", "g1"}, false, "FIRST_EXCEPTION"}}, {"uncancel"}, {"spawn", "t6", {{"fut", "f7"},
        {"set", "f7", "x8"}, {"cancel", "f7"}, {"as_completed", {{"var", "f7"}, {"var", "g1"}},
        false}, {"return", "r10"}}}}, {{"as_completed", {{"var", "g1"}, {"var", "g1"}}, false},
        {"soon", {{"cancel", "g1"}}}, {"await", {"sleep", 3, "s11"}}}},
      {"ticker", 3, "k12"},
      {"await", {"wait_for", {"wait_for", {"shield", {"var", "g1"}}, 5}, 1}},
      {"return", "r13"},
    },
    log = [=[
root starts; root got s3; root got [s2 [d:g1 p:] s2]; root l5; callback cb4; root got d:g1 p:;
root uncancel 0; root finally; t6 starts; t6 cancel f7 false; root item s2; t6 item x8; t6 item s2;
t6 ends; soon cancel g1 false; root got s11; root got s2; root ends; k12 tick 1; k12 tick 2;
f7 result x8; g1 result s2; t6 result r10 0; root r13 4; k12 tick 3]=],
  },
  {
    program = {
      {"await", {"gather", {{"shield", {"wait_for", {"coro", "c1", {}}, 2}}, {"sleep", 0, "s2"}},
        false}},
      {"log", "l5"},
      {"log", "l6"},
      {"let", "g7", {"shield", {"gather", {{"sleep", 1.5, "s8"}}, false}}},
      {"spawn", "t9", {{"state", "g7"}}},
      {"spawn", "t10", {{"await", {"sleep", 0, "s11"}}}},
      {"fut", "f12"},
      {"try_cancellable", {"var", "t9"}},
      {"soon", {{"cancel", "f12"}}},
      {"try", {"var", "t10"}},
      {"state", "g7"},
      {"spawn", "t13", {{"finally", {{"cancel", "f12"}, {"fail", "f12", "x15"}}, {{"set", "f12",
        "x16"}, {"cancel", "t9"}, {"return", "r17"}}}, {"log", "l18"}, {"raise", "e19"}}},
    },
    log = [=[
root starts; c1 starts; c1 ends; root got [nil s2]; root l5; root l6; t9 starts; t9 g7 pending;
t9 ends; t10 starts; root got nil; t10 got s11; t10 ends; soon cancel f12 true; root got nil;
root g7 pending; root ends; t13 starts; t13 cancel f12 false; t13 finally; t13 cancel t9 false;
t13 l18; t13 raises e19; f12 cancelled; g7 pending; t10 result nil 0; t13 failed e19 0;
t9 result nil 0; root nil 0]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"wait_for", {"gather", {}, false}, -1}, 2}},
      {"try", {"gather", {{"gather", {}, false}, {"coro", "c1", {{"finally", {{"as_completed",
        {{"sleep", 0, "s4"}, {"sleep", 1, "s5"}, {"sleep", 1.5, "s6"}}, 1, true}},
        {{"as_completed", {{"sleep", 1, "s7"}, {"coro", "c8", {{"ticker", 3, "k9"}}}, {"sleep", 0,
        "s10"}}, 2}}}, {"spawn", "t11", {{"log", "l12"}, {"log", "l13"}}}}}, {"gather", {{"sleep",
        2, "s14"}, {"gather", {{"sleep", 1.5, "s15"}, {"coro", "c16", {{"later", 1, {{"log",
        "l17"}}}, {"raise", "e18"}}}}, true}}, false}}, false}},
      {"log", "l19"},
      {"log", "l20"},
      {"as_completed", {{"shield", {"gather", {{"sleep", 0, "s21"}, {"sleep", 0, "s22"}}, false}},
        {"gather", {{"wait_for", {"coro", "c23", {{"as_completed", {{"sleep", 0, "s24"}}, false}}},
        1.5}}, false}}, 1, true},
      {"spawn", "t25", {{"spawn", "t26", {{"fut", "f27"}, {"later", 2, {{"cancel", "f27"}}},
        {"soon", {{"cancel", "f27"}}}, {"raise", "e29"}}}, {"let", "g30", {"shield", {"coro",
        "c31", {{"state", "t26"}}}}}, {"await", {"sleep", 1, "s32"}}, {"fut", "f33"}, {"return",
        "r34"}}},
      {"let", "g35", {"shield", {"shield", {"var", "t25"}}}},
      {"state", "t25"},
      {"await", {"sleep", 0, "s36"}},
      {"cancel", "g35"},
      {"as_completed", {{"sleep", 0.5, "s37"}, {"gather", {{"shield", {"sleep", 2, "s38"}}},
        false}}, false, true},
      {"raise", "e39"},
    },
    log = [=[
root starts; root got []; c16 starts; c16 raises e18; c1 starts; c1 item s4; timer l17;
c1 items Timeout; c1 finally; c8 starts; c8 ends; k9 tick 1; k9 tick 2; c1 item nil; k9 tick 3;
c1 item s10; c1 item s7; c1 ends; t11 starts; t11 l12; t11 l13; t11 ends;
root got [[] nil [s14 [s15 e18]]]; root l19; root l20; c23 starts; c23 item s24; c23 ends;
root item [s21 s22]; root item [nil]; root t25 pending 0; t25 starts; root got s36;
root cancel g35 true; t26 starts; t26 raises e29; c31 starts; c31 t26 failed e29 0; c31 ends;
soon cancel f27 true; root item s37; t25 got s32; t25 ends; timer cancel f27 false; root item [s38];
root raises e39; f27 cancelled; f33 result settled; g30 result nil; g35 cancelled; t11 result nil 0;
t25 result r34 0; t26 failed e29 0; root e39 4]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"log", "l3"},
      {"spawn", "t4", {{"log", "l5"}, {"log", "l6"}, {"return", "r7"}}},
      {"as_completed", {{"var", "t4"}}, false, true},
      {"as_completed", {{"wait", {"t4"}, 2, "ALL_COMPLETED"}, {"var", "t4"}, {"gather",
        {{"wait_for", {"var", "t4"}, 0.5}, {"var", "t4"}}, false}}, false},
      {"as_completed", {{"wait", {"t4"}, 2, "ALL_COMPLETED"}, {"var", "t4"}, {"gather", {{"var",
        "t4"}, {"wait", {"t4", "t4"}, 2, "ALL_COMPLETED"}}, false}}, 2},
      {"as_completed", {{"shield", {"var", "t4"}}, {"wait_for", {"gather", {{"var", "t4"}}, false},
        2}}, false},
    },
    log = [=[
root starts; root l1; root l2; root l3; t4 starts; t4 l5; t4 l6; t4 ends; root item r7;
root item r7; root item [r7 r7]; root item d:t4 p:; root item r7; root item d:t4 p:;
root item [r7 d:t4 p:]; root item r7; root item [r7]; root ends; t4 result r7 0; root nil 0]=],
  },
  {
    program = {
      {"spawn", "t1", {{"ticker", 2, "k2"}}},
      {"let", "g3", {"shield", {"var", "t1"}}},
      {"await", {"var", "t1"}},
      {"cancel_self"},
      {"ticker", 4, "k4"},
      {"try", {"coro", "c5", {{"spawn", "t6", {{"state", "g3"}}}, {"let", "g7", {"gather", {},
        true}}, {"let", "g8", {"gather", {{"var", "g7"}, {"var", "t1"}}, false}}, {"log", "l9"}}}},
    },
    log = [=[
root starts; t1 starts; t1 ends; k2 tick 1; root got nil; root self cancel true; c5 starts; c5 l9;
c5 ends; root got nil; root ends; k2 tick 2; k4 tick 1; t6 starts; t6 g3 result nil; t6 ends;
k4 tick 2; g3 result nil; g7 result []; g8 result [[] nil]; t1 result nil 0; t6 result nil 0;
root Cancelled 0; k4 tick 3]=],
  },
  {
    program = {
      {"await", {"gather", {{"sleep", 0.5, "s1"}, {"sleep", 0, "s2"}, {"wait_for", {"wait_for",
        {"coro", "c3", {{"log", "l4"}, {"return", "r5"}}}, 2}, 5}}, false}},
      {"fut", "f6"},
      {"as_completed", {{"coro", "c7", {{"try", {"wait", {"f6", "f6", "f6"}, 1, "ALL_COMPLETED"}},
        {"cancel", "f6"}, {"cancel", "f6"}, {"spawn", "t9", {{"await", {"sleep", 0, "s10"}},
        {"return", "r11"}}}}}}, 1, true},
      {"cancel", "f6"},
      {"fail", "f6", "x13"},
      {"later", 0, {{"cancel", "f6"}}},
    },
    log = [=[
root starts; c3 starts; c3 l4; c3 ends; root got [s1 s2 r5]; c7 starts; root items Timeout;
root cancel f6 true; root ends; c7 got d:f6 p:; c7 cancel f6 false; c7 cancel f6 false; c7 ends;
t9 starts; timer cancel f6 false; t9 got s10; t9 ends; f6 cancelled; t9 result r11 0;
root nil 1.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"try", {"sleep", 0.5, "s2"}},
      {"try_cancellable", {"shield", {"wait_for", {"sleep", 0, "s3"}, 2}}},
      {"as_completed", {{"gather", {{"gather", {{"coro", "c4", {{"log", "l5"}, {"log", "l6"}}}},
        true}, {"sleep", 0, "s7"}}, false}, {"gather", {{"wait_for", {"coro", "c8", {{"raise",
        "e11"}}}, -1}, {"shield", {"coro", "c12", {{"log", "l13"}}}}}, true}, {"gather",
        {{"wait_for", {"coro", "c14", {{"cancel_self"}}}, 5}, {"gather", {{"coro", "c15", {{"fut",
        "f16"}}}, {"sleep", 0, "s17"}, {"sleep", 3, "s18"}}, true}}, true}}, false, true},
      {"ticker", 3, "k19"},
      {"await", {"gather", {{"sleep", 1.5, "s22"}, {"gather", {}, false}}, false}},
      {"await", {"sleep", 1, "s23"}},
      {"await", {"sleep", 0, "s24"}},
      {"soon", {{"log", "l25"}}},
      {"try_cancellable", {"wait_for", {"shield", {"shield", {"coro", "c26", {{"log", "l27"},
        {"log", "l28"}, {"return", "r29"}}}}}, 0.5}},
      {"return", "r30"},
    },
    log = [=[
root starts; root l1; root got s2; root got s3; c4 starts; c4 l5; c4 l6; c4 ends; c12 starts;
c12 l13; c12 ends; c15 starts; c15 ends; c14 starts; c14 self cancel true; c14 ends;
root item [[nil] s7]; root item [Timeout nil]; root item [Cancelled [nil s17 s18]]; k19 tick 1;
k19 tick 2; k19 tick 3; root got [s22 []]; root got s23; root got s24; soon l25; c26 starts;
c26 l27; c26 l28; c26 ends; root got r29; root ends; f16 result settled; root r30 6]=],
  },
  {
    program = {
      {"let", "g1", {"gather", {{"gather", {{"sleep", 1, "s2"}, {"coro", "c3", {{"log", "l4"},
        {"log", "l5"}, {"return", "r6"}}}}, true}, {"gather", {{"coro", "c7", {{"return",
        "r12"}}}}, false}, {"gather", {{"coro", "c13", {{"later", 1, {{"log", "l14"}, {"log",
        "l15"}}}}}, {"coro", "c16", {{"log", "l17"}, {"raise", "e18"}}}}, true}}, false}},
      {"await", {"sleep", 1, "s19"}},
      {"await", {"sleep", 0, "s20"}},
      {"state", "g1"},
      {"try", {"wait_for", {"wait_for", {"coro", "c21", {{"state", "g1"}}}, 2}, 1}},
      {"await", {"var", "g1"}},
      {"spawn", "t24", {{"state", "g1"}, {"return", "r25"}}},
      {"await", {"sleep", 0.5, "s26"}},
      {"try_cancellable", {"shield", {"var", "t24"}}},
      {"cancel", "g1"},
      {"return", "r27"},
    },
    log = [=[
root starts; c3 starts; c3 l4; c3 l5; c3 ends; c7 starts; c7 ends; c13 starts; c13 ends; c16 starts;
c16 l17; c16 raises e18; timer l14; timer l15; root got s19; root got s20; root g1 pending;
c21 starts; c21 g1 pending; c21 ends; root got nil; root got [[s2 r6] [r12] [nil e18]]; t24 starts;
t24 g1 result [[s2 r6] [r12] [nil e18]]; t24 ends; root got s26; root got r25; root cancel g1 false;
root ends; g1 result [[s2 r6] [r12] [nil e18]]; t24 result r25 0; root r27 1.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"let", "g2", {"gather", {{"shield", {"coro", "c3", {{"log", "l4"}}}}, {"shield", {"sleep",
        0.5, "s5"}}}, true}},
      {"log", "l6"},
      {"later", 3, {{"callback", "g2", "cb7"}}},
      {"try", {"gather", {{"var", "g2"}, {"gather", {{"wait_for", {"sleep", 3, "s8"}, -1}}, true}},
        true}},
      {"callback", "g2", "cb9"},
      {"try", {"coro", "c10", {{"try", {"sleep", 0.5, "s11"}}}}},
      {"await", {"var", "g2"}},
      {"spawn", "t12", {{"try_cancellable", {"var", "g2"}}, {"try", {"wait_for", {"shield",
        {"coro", "c13", {{"raise", "e14"}}}}, false}}, {"raise", "e15"}}},
      {"try", {"shield", {"gather", {{"shield", {"var", "t12"}}}, false}}},
      {"try", {"var", "g2"}},
      {"try_cancellable", {"sleep", 3, "s16"}},
      {"try", {"var", "t12"}},
      {"log", "l17"},
      {"return", "r18"},
    },
    log = [=[
root starts; root l1; root l6; c3 starts; c3 l4; c3 ends; root got [[nil s5] [Timeout]]; c10 starts;
callback cb9; c10 got s11; c10 ends; root got nil; root got [nil s5]; t12 starts; t12 got [nil s5];
c13 starts; c13 raises e14; t12 caught e14 1; t12 raises e15; root caught e15 1; root got [nil s5];
callback cb7; root got s16; root caught e15 4; root l17; root ends; g2 result [nil s5];
t12 failed e15 0; root r18 4]=],
  },
  {
    program = {
      {"ticker", 1, "k1"},
      {"try_cancellable", {"gather", {{"gather", {{"shield", {"sleep", 1.5, "s2"}}}, false}},
        true}},
      {"finally", {{"as_completed", {{"gather", {{"coro", "c3", {{"try", {"coro", "c4", {{"await",
        {"sleep", 0.5, "s5"}}, {"return", "r6"}}}}}}, {"sleep", 1.5, "s7"}}, false}}, false}},
        {{"log", "l8"}}},
      {"try", {"coro", "c9", {{"log", "l10"}, {"return", "r11"}}}},
      {"try", {"gather", {{"gather", {{"gather", {}, true}, {"sleep", 0, "s12"}, {"shield",
        {"coro", "c13", {{"uncancel"}}}}}, true}, {"wait_for", {"sleep", 0.5, "s14"}, 1}}, true}},
      {"await", {"shield", {"gather", {{"sleep", 0, "s15"}, {"coro", "c16", {{"fut", "f17"}}}},
        false}}},
      {"uncancel"},
      {"spawn", "t18", {{"let", "g19", {"shield", {"coro", "c20", {{"log", "l21"}, {"log",
        "l22"}}}}}, {"raise", "e23"}}},
      {"state", "t18"},
      {"try_cancellable", {"wait_for", {"wait_for", {"var", "t18"}, -1}, 2}},
      {"await", {"var", "t18"}},
      {"spawn", "t24", {{"try", {"sleep", 0, "s25"}}}},
      {"raise", "e27"},
    },
    log = [=[
root starts; k1 tick 1; root got [[s2]]; c3 starts; c4 starts; c4 got s5; c4 ends; c3 got r6;
c3 ends; root item [nil s7]; root finally; root l8; c9 starts; c9 l10; c9 ends; root got r11;
c13 starts; c13 uncancel 0; c13 ends; root got [[[] s12 nil] s14]; c16 starts; c16 ends;
root got [s15 nil]; root uncancel 0; root t18 pending 0; root caught Timeout 3.5;
root raises Cancelled; f17 result settled; t18 cancelled 1; root Cancelled 3.5]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"await", {"wait_for", {"gather", {{"wait_for", {"sleep", 1, "s2"}, false}, {"gather",
        {{"coro", "c3", {{"await", {"sleep", 0, "s4"}}, {"raise", "e5"}}}, {"sleep", 0, "s6"}},
        true}, {"shield", {"coro", "c7", {{"later", 0, {{"log", "l8"}}}, {"return", "r9"}}}}},
        false}, 1.5}},
      {"ticker", 3, "k10"},
      {"try", {"shield", {"gather", {{"sleep", 0.5, "s11"}}, true}}},
      {"try", {"sleep", 0, "s12"}},
      {"fut", "f13"},
      {"spawn", "t14", {{"cancel", "f13"}, {"set", "f13", "x15"}, {"set", "f13", "x16"}, {"log",
        "l17"}, {"raise", "e18"}}},
      {"cancel", "t14"},
      {"spawn", "t19", {{"try_cancellable", {"var", "f13"}}, {"soon", {{"cancel", "f13"},
        {"cancel", "f13"}}}}, true},
      {"try_cancellable", {"shield", {"wait_for", {"shield", {"var", "f13"}}, 1.5}}},
      {"spawn", "t22", {{"await", {"wait_for", {"var", "f13"}, 0.5}}, {"finally", {{"as_completed",
        {{"var", "f13"}, {"var", "t14"}, {"var", "t19"}}, 0}, {"return", "r25"}}, {{"await",
        {"var", "t14"}}}}, {"return", "r26"}}},
      {"log", "l27"},
      {"finally", {{"await", {"sleep", 0, "s28"}}, {"await", {"sleep", 3, "s29"}}, {"spawn", "t30",
        {{"set", "f13", "x31"}, {"finally", {{"fut", "f32"}, {"cancel", "t19"}}, {{"try", {"var",
        "f13"}}, {"return", "r33"}}}, {"spawn", "t34", {}}}}, {"await", {"gather", {{"gather", {},
        false}, {"var", "f13"}, {"wait", {"f13", "t22"}, 0, "FIRST_EXCEPTION"}}, true}}},
        {{"try_cancellable", {"var", "t22"}}, {"try_cancellable", {"var", "t22"}}}},
      {"soon", {{"callback", "f13", "cb37"}}},
      {"return", "r38"},
    },
    log = [=[
root starts; root got s1; c3 starts; c7 starts; c7 ends; c3 got s4; c3 raises e5; timer l8;
root got [s2 [e5 s6] r9]; k10 tick 1; k10 tick 2; k10 tick 3; root got [s11]; root got s12;
root cancel t14 true; t19 starts; root caught Timeout 3; root l27; t22 starts; root got s28;
t19 raises Cancelled; t22 raises Timeout; root got s29; t30 starts; t30 cancel t19 false;
t30 finally; t30 caught Cancelled 6; t30 ends; t34 starts; t34 ends;
root got [[] Cancelled d:f13,t22 p:]; root finally; root caught Timeout 6; root caught Timeout 6;
root ends; callback cb37; f13 cancelled; f32 result settled; t14 cancelled 1; t19 cancelled 0;
t22 failed Timeout 0; t30 result nil 0; t34 result nil 0; root r38 6]=],
  },
  {
    program = {
      {"try", {"gather", {{"gather", {{"shield", {"sleep", 0.5, "s1"}}, {"gather", {{"coro", "c2",
        {{"as_completed", {{"sleep", 2, "s3"}}, false}, {"raise", "e4"}}}}, false}}, false}},
        false}},
      {"fut", "f5"},
      {"spawn", "t6", {{"later", 3, {{"fail", "f5", "x7"}}}, {"cancel", "f5"}, {"fail", "f5",
        "x8"}, {"await", {"var", "f5"}}}},
      {"await", {"wait_for", {"gather", {{"wait_for", {"var", "f5"}, 2}, {"var", "t6"}, {"gather",
        {{"var", "t6"}}, true}}, true}, 0.5}},
      {"spawn", "t9", {{"state", "f5"}, {"fail", "f5", "x10"}, {"log", "l11"}, {"fut", "f12"},
        {"return", "r13"}}, true},
      {"state", "t6"},
      {"later", 0, {{"cancel", "f5"}}},
      {"set", "f5", "x14"},
      {"return", "r15"},
    },
    log = [=[
root starts; c2 starts; c2 item s3; c2 raises e4; root caught e4 2; t6 starts; t6 cancel f5 true;
t6 raises Cancelled; root got [Cancelled Cancelled [Cancelled]]; t9 starts; t9 f5 cancelled; t9 l11;
t9 ends; root t6 cancelled 0; root ends; timer cancel f5 false; f12 result settled; f5 cancelled;
t6 cancelled 0; t9 result r13 0; root r15 2]=],
  },
  {
    program = {
      {"later", 1.5, {{"log", "l1"}}},
      {"ticker", 2, "k4"},
      {"fut", "f5"},
      {"spawn", "t6", {{"later", 0, {{"set", "f5", "x7"}, {"callback", "f5", "cb8"}}}, {"fut",
        "f9"}, {"await", {"wait_for", {"gather", {{"var", "f5"}, {"sleep", 0.5, "s10"}, {"coro",
        "c11", {{"try", {"var", "f5"}}, {"raise", "e12"}}}}, true}, 0.5}}, {"log", "l13"},
        {"raise", "e14"}}},
      {"try", {"var", "t6"}},
      {"spawn", "t15", {{"await", {"sleep", 1, "s16"}}, {"soon", {{"cancel", "f5"}}}, {"soon",
        {{"cancel", "t6"}, {"cancel", "f5"}}}, {"try_cancellable", {"gather", {{"wait_for", {"var",
        "f5"}, 0.5}, {"var", "f5"}}, false}}, {"return", "r17"}}, true},
      {"await", {"sleep", 3, "s18"}},
      {"spawn", "t19", {{"spawn", "t20", {{"ticker", 2, "k21"}, {"try_cancellable", {"wait", {"f5",
        "t15"}, 1, "FIRST_EXCEPTION"}}}}, {"raise", "e22"}}},
      {"try_cancellable", {"coro", "c23", {{"fail", "f5", "x24"}, {"fail", "f5", "x25"}, {"cancel",
        "t15"}, {"later", 0, {{"fail", "f5", "x26"}, {"fail", "f5", "x27"}}}, {"raise", "e28"}}}},
      {"fut", "f29"},
    },
    log = [=[
root starts; k4 tick 1; t6 starts; k4 tick 2; c11 starts; c11 got x7; c11 raises e12; callback cb8;
t6 raises Timeout; root caught Timeout 0.5; t15 starts; timer l1; t15 got s16; soon cancel f5 false;
soon cancel t6 false; soon cancel f5 false; t15 got [x7 x7]; t15 ends; root got s18; c23 starts;
c23 cancel t15 false; c23 raises e28; root caught e28 3.5; root ends; t19 starts; t19 raises e22;
t20 starts; k21 tick 1; k21 tick 2; t20 got d:f5,t15 p:; t20 ends; f29 result settled; f5 result x7;
f9 result settled; t15 result r17 0; t19 failed e22 0; t20 result nil 0; t6 failed Timeout 0;
root nil 3.5]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}}},
      {"try", {"wait_for", {"wait_for", {"gather", {{"sleep", 1, "s2"}, {"coro", "c3", {{"await",
        {"sleep", 0, "s4"}}}}, {"coro", "c5", {{"ticker", 1, "k6"}}}}, true}, 2}, 2}},
      {"fut", "f7"},
      {"log", "l8"},
      {"cancel", "f7"},
      {"later", 0, {{"cancel", "f7"}, {"callback", "f7", "cb10"}}},
      {"fut", "f11"},
      {"await", {"sleep", 0.5, "s12"}},
      {"await", {"sleep", 1.5, "s13"}},
      {"ticker", 2, "k14"},
      {"raise", "e15"},
    },
    log = [=[
root starts; soon l1; c3 starts; c5 starts; c5 ends; c3 got s4; c3 ends; k6 tick 1;
root got [s2 nil nil]; root l8; root cancel f7 true; timer cancel f7 false; callback cb10;
root got s12; root got s13; root raises e15; k14 tick 1; k14 tick 2; f11 result settled;
f7 cancelled; root e15 3]=],
  },
  {
    program = {
      {"await", {"sleep", 0, "s1"}},
      {"spawn", "t2", {{"soon", {{"log", "l3"}}}, {"fut", "f4"}, {"try", {"gather", {{"wait_for",
        {"coro", "c5", {{"cancel", "f4"}, {"set", "f4", "x6"}, {"raise", "e7"}}}, -1}}, true}},
        {"finally", {{"spawn", "t8", {{"raise", "e10"}}}}, {{"as_completed", {{"var", "f4"},
        {"var", "f4"}, {"var", "f4"}}, 2}, {"return", "r11"}}}, {"raise", "e12"}}},
      {"as_completed", {{"sleep", 0, "s13"}, {"wait_for", {"var", "t2"}, -1}}, false, true},
      {"as_completed", {{"var", "t2"}, {"gather", {{"var", "t2"}}, true}, {"wait_for", {"coro",
        "c14", {{"await", {"var", "t2"}}, {"raise", "e15"}}}, 2}}, 0, true},
      {"await", {"coro", "c16", {{"log", "l17"}, {"return", "r18"}}}},
      {"await", {"shield", {"shield", {"wait", {"t2"}, false, "FIRST_EXCEPTION"}}}},
      {"uncancel"},
      {"ticker", 4, "k19"},
      {"soon", {}},
      {"try", {"var", "t2"}},
      {"cancel", "t2"},
    },
    log = [=[
root starts; root got s1; t2 starts; soon l3; t2 caught Cancelled 0; t2 finally; root item s13;
t8 starts; t8 raises e10; t2 item raised Timeout; t2 raises e12; root item e12; c14 starts;
c14 raises e12; root item e12; root item [e12]; root items Timeout; c16 starts; c16 l17; c16 ends;
root got r18; root got d:t2 p:; root uncancel 0; root caught e12 2; root cancel t2 false; root ends;
k19 tick 1; k19 tick 2; f4 result settled; t2 failed e12 1; t8 failed e10 0; root nil 2;
k19 tick 3]=],
  },
  {
    program = {
      {"try", {"gather", {{"shield", {"shield", {"sleep", 0, "s1"}}}, {"wait_for", {"sleep", 0,
        "s2"}, 1}}, true}},
      {"log", "l3"},
      {"await", {"sleep", 0.5, "s4"}},
      {"ticker", 2, "k5"},
      {"await", {"shield", {"gather", {{"sleep", 0, "s6"}, {"wait_for", {"sleep", 3, "s7"}, 1},
        {"sleep", 0, "s8"}}, true}}},
      {"let", "g9", {"shield", {"gather", {{"coro", "c10", {}}, {"sleep", 0, "s13"}}, false}}},
      {"as_completed", {{"var", "g9"}, {"coro", "c14", {{"as_completed", {{"var", "g9"}, {"coro",
        "c15", {{"soon", {{"callback", "g9", "cb16"}}}}}}, 1}, {"try", {"var", "g9"}}, {"raise",
        "e17"}}}, {"sleep", 0, "s18"}}, 2},
      {"log", "l19"},
      {"try", {"shield", {"shield", {"wait_for", {"var", "g9"}, 1}}}},
      {"await", {"sleep", 3, "s21"}},
      {"try_cancellable", {"coro", "c22", {{"spawn", "t23", {{"finally", {{"as_completed",
        {{"coro", "c24", {{"try", {"var", "g9"}}}}, {"var", "g9"}, {"var", "g9"}}, 0}}, {{"ticker",
        3, "k25"}, {"return", "r26"}}}, {"soon", {{"cancel", "g9"}}}}}}}},
      {"return", "r27"},
    },
    log = [=[
root starts; root got [s1 s2]; root l3; root got s4; k5 tick 1; k5 tick 2; root got [s6 Timeout s8];
c10 starts; c10 ends; c14 starts; c15 starts; c15 ends; c14 item nil; root item s18; callback cb16;
root item [nil s13]; c14 item [nil s13]; c14 got [nil s13]; c14 raises e17; root item raised e17;
root l19; root got [nil s13]; root got s21; c22 starts; c22 ends; root got nil; root ends;
t23 starts; c24 starts; c24 got [nil s13]; c24 ends; t23 item [nil s13]; t23 item raised Timeout;
t23 finally; t23 ends; k25 tick 1; soon cancel g9 false; k25 tick 2; g9 result [nil s13];
t23 result nil 0; root r27 4.5; k25 tick 3]=],
  },
  {
    program = {
      {"log", "l1"},
      {"let", "g2", {"shield", {"gather", {{"coro", "c3", {{"log", "l4"}, {"log", "l5"}}}, {"coro",
        "c6", {{"fut", "f7"}, {"return", "r8"}}}}, false}}},
      {"try", {"shield", {"var", "g2"}}},
      {"try", {"var", "g2"}},
      {"soon", {{"log", "l9"}, {"callback", "g2", "cb10"}}},
      {"fut", "f11"},
      {"fut", "f12"},
      {"try", {"shield", {"var", "g2"}}},
      {"finally", {{"cancel", "f11"}, {"as_completed", {{"var", "g2"}, {"gather", {{"var", "f12"}},
        false}}, 0}, {"set", "f11", "x18"}, {"return", "r19"}}, {{"state", "f11"}}},
      {"spawn", "t20", {{"ticker", 4, "k21"}, {"return", "r22"}}},
      {"spawn", "t23", {{"try", {"wait", {"t20", "g2", "f11"}, false, "ALL_COMPLETED"}}, {"raise",
        "e24"}}, true},
      {"return", "r25"},
    },
    log = [=[
root starts; root l1; c3 starts; c3 l4; c3 l5; c3 ends; c6 starts; c6 ends; root got [nil r8];
root got [nil r8]; root got [nil r8]; root cancel f11 true; soon l9; callback cb10;
root item [nil r8]; root item raised Timeout; root finally; root f11 cancelled; t23 starts;
root ends; t20 starts; t20 ends; k21 tick 1; k21 tick 2; t23 got d:t20,g2,f11 p:; t23 raises e24;
k21 tick 3; k21 tick 4; f11 cancelled; f12 result settled; f7 result settled; g2 result [nil r8];
t20 result r22 0; t23 failed e24 0; root r25 0]=],
  },
  {
    program = {
      {"try", {"sleep", 0, "s1"}},
      {"try", {"coro", "c2", {{"finally", {{"spawn", "t3", {{"log", "l4"}, {"later", 0, {{"log",
        "l5"}, {"log", "l6"}}}, {"return", "r7"}}}, {"finally", {{"state", "t3"}, {"later", 0,
        {{"cancel", "t3"}, {"cancel", "t3"}}}, {"return", "r8"}}, {{"return", "r10"}}}, {"return",
        "r11"}}, {{"log", "l12"}, {"raise", "e13"}}}}}},
      {"fut", "f14"},
      {"try", {"sleep", 0, "s15"}},
      {"await", {"wait", {"f14", "f14", "f14"}, false, "ALL_COMPLETED"}},
      {"try", {"gather", {{"gather", {{"gather", {{"var", "f14"}, {"coro", "c16", {{"try", {"var",
        "f14"}}}}}, true}, {"var", "f14"}, {"shield", {"var", "f14"}}}, false}}, true}},
      {"try_cancellable", {"coro", "c17", {{"as_completed", {{"gather", {{"var", "f14"}, {"var",
        "f14"}}, false}, {"var", "f14"}}, 0}}}},
    },
    log = [=[
root starts; root got s1; c2 starts; c2 t3 pending 0; c2 finally; c2 finally; c2 l12; c2 raises e13;
root caught e13 0; t3 starts; t3 l4; t3 ends; root got s15; timer cancel t3 false;
timer cancel t3 false; timer l5; timer l6; root got d:f14 p:; c16 starts; c16 got settled; c16 ends;
root got [[[settled nil] settled settled]]; c17 starts; c17 item [settled settled];
c17 item settled; c17 ends; root got nil; root ends; f14 result settled; t3 result r7 0;
root nil 50]=],
  },
  {
    program = {
      {"as_completed", {{"shield", {"coro", "c1", {{"as_completed", {{"sleep", 1, "s2"}}, 0, true},
        {"try", {"sleep", 3, "s3"}}, {"return", "r4"}}}}, {"gather", {{"shield", {"sleep", 1.5,
        "s5"}}, {"shield", {"sleep", 0.5, "s6"}}, {"coro", "c7", {{"later", 1, {{"log", "l8"}}}}}},
        true}, {"gather", {{"coro", "c9", {{"log", "l10"}, {"log", "l11"}, {"raise", "e12"}}},
        {"wait_for", {"sleep", 1.5, "s13"}, -1}}, false}}, false, true},
      {"await", {"wait_for", {"gather", {{"sleep", 0, "s14"}, {"sleep", 0, "s15"}}, false}, 1}},
      {"await", {"shield", {"shield", {"shield", {"sleep", 0, "s16"}}}}},
      {"fut", "f17"},
      {"try", {"var", "f17"}},
      {"state", "f17"},
      {"uncancel"},
      {"as_completed", {{"sleep", 1.5, "s18"}}, 1},
    },
    log = [=[
root starts; c1 starts; c7 starts; c7 ends; c9 starts; c9 l10; c9 l11; c9 raises e12;
c1 items Timeout; root item e12; timer l8; root item [s5 s6 nil]; c1 got s3; c1 ends; root item r4;
root got [s14 s15]; root got s16; root got settled; root f17 result settled; root uncancel 0;
root item raised Timeout; root ends; f17 result settled; root nil 51]=],
  },
  {
    program = {
      {"let", "g1", {"shield", {"sleep", 0, "s2"}}},
      {"cancel", "g1"},
      {"cancel", "g1"},
      {"try", {"shield", {"gather", {{"wait_for", {"var", "g1"}, 0}}, false}}},
      {"try_cancellable", {"shield", {"coro", "c7", {{"state", "g1"}}}}},
      {"spawn", "t9", {{"state", "g1"}, {"try", {"gather", {{"gather", {{"sleep", 1, "s10"},
        {"var", "g1"}, {"var", "g1"}}, false}, {"wait_for", {"var", "g1"}, 5}, {"wait", {"g1",
        "g1", "g1"}, 2, "ALL_COMPLETED"}}, false}}, {"finally", {{"cancel", "g1"}, {"try", {"var",
        "g1"}}, {"raise", "e12"}}, {{"as_completed", {{"coro", "c13", {{"await", {"sleep", 0,
        "s14"}}, {"raise", "e15"}}}}, false}, {"return", "r16"}}}, {"raise", "e17"}}},
      {"try_cancellable", {"var", "t9"}},
      {"ticker", 2, "k18"},
      {"cancel", "g1"},
      {"try", {"shield", {"gather", {{"gather", {}, true}}, true}}},
      {"log", "l19"},
      {"spawn", "t20", {{"soon", {{"callback", "t9", "cb21"}, {"log", "l22"}}}, {"await", {"sleep",
        0, "s23"}}, {"try_cancellable", {"coro", "c24", {{"later", 0, {}}, {"log", "l25"},
        {"as_completed", {{"sleep", 0, "s26"}, {"var", "g1"}}, 1}}}}}, true},
      {"fut", "f27"},
    },
    log = [=[
root starts; root cancel g1 true; root cancel g1 false; root caught Cancelled 0; c7 starts;
c7 g1 cancelled; c7 ends; root got nil; t9 starts; t9 g1 cancelled; t9 caught Cancelled 0;
t9 cancel g1 false; t9 caught Cancelled 0; t9 finally; c13 starts; c13 got s14; c13 raises e15;
t9 item raised e15; t9 raises e12; root caught e12 0; root cancel g1 false; root got [[]]; root l19;
t20 starts; root ends; k18 tick 1; soon l22; t20 got s23; c24 starts; c24 l25; k18 tick 2;
callback cb21; c24 raises Cancelled; t20 raises Cancelled; f27 result settled; g1 cancelled;
t20 cancelled 0; t9 failed e12 0; root nil 0]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"ticker", 3, "k3"},
      {"as_completed", {{"gather", {{"shield", {"coro", "c4", {{"fut", "f5"}, {"return", "r6"}}}},
        {"sleep", 3, "s7"}}, true}}, false},
      {"fut", "f8"},
      {"await", {"sleep", 1, "s9"}},
      {"spawn", "t10", {{"cancel_self"}}},
      {"try_cancellable", {"wait_for", {"wait", {"f8", "t10"}, 1, "ALL_COMPLETED"}, 2}},
      {"try", {"wait_for", {"shield", {"gather", {{"var", "f8"}, {"coro", "c11", {{"fail", "f8",
        "x12"}, {"raise", "e13"}}}}, false}}, 5}},
    },
    log = [=[
root starts; root l1; root l2; k3 tick 1; c4 starts; c4 ends; k3 tick 2; k3 tick 3;
root item [r6 s7]; root got s9; t10 starts; t10 self cancel true; t10 ends; root got d:t10 p:f8;
c11 starts; c11 raises e13; root caught x12 5; root ends; f5 result settled; f8 failed x12;
t10 cancelled 1; root nil 5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"log", "l2"},
      {"spawn", "t3", {{"log", "l4"}, {"spawn", "t5", {{"try_cancellable", {"wait_for", {"sleep",
        1, "s8"}, 2}}}}, {"log", "l11"}, {"cancel", "t5"}, {"try", {"shield", {"var", "t5"}}},
        {"return", "r12"}}},
      {"fut", "f13"},
      {"await", {"sleep", 0, "s14"}},
      {"try_cancellable", {"gather", {{"wait", {"f13"}, 0, "ALL_COMPLETED"}}, false}},
      {"try", {"shield", {"var", "f13"}}},
      {"finally", {{"later", 0.5, {{"cancel", "f13"}, {"set", "f13", "x16"}}}, {"try_cancellable",
        {"wait_for", {"wait_for", {"var", "f13"}, 2}, 0}}, {"try_cancellable", {"gather",
        {{"gather", {}, false}, {"gather", {}, false}}, false}}}, {{"cancel", "t3"}, {"fail",
        "f13", "x17"}, {"await", {"shield", {"coro", "c18", {{"await", {"sleep", 0.5, "s19"}}}}}}}},
      {"later", 0, {{"fail", "f13", "x20"}, {"fail", "f13", "x21"}}},
      {"try", {"var", "f13"}},
    },
    log = [=[
root starts; root l1; root l2; t3 starts; t3 l4; t3 l11; t3 cancel t5 true; root got s14;
t3 caught Cancelled 0; t3 ends; root got [d: p:f13]; root got settled; root caught Timeout 50;
root got [[] []]; root finally; root cancel t3 false; c18 starts; timer cancel f13 false;
c18 got s19; c18 ends; root got nil; root got settled; root ends; f13 result settled;
t3 result r12 0; t5 cancelled 1; root nil 50.5]=],
  },
  {
    program = {
      {"log", "l3"},
      {"later", 2, {{"log", "l4"}, {"log", "l5"}}},
      {"later", 0, {{"log", "l6"}, {"log", "l7"}}},
      {"spawn", "t8", {{"fut", "f9"}, {"await", {"var", "f9"}}, {"return", "r10"}}},
      {"spawn", "t11", {{"fut", "f12"}, {"cancel", "t8"}, {"cancel", "f12"}, {"as_completed",
        {{"wait_for", {"coro", "c14", {{"await", {"sleep", 0, "s15"}}, {"raise", "e16"}}}, 1},
        {"shield", {"sleep", 1.5, "s17"}}, {"var", "f12"}}, false}}},
      {"spawn", "t18", {{"await", {"wait_for", {"gather", {{"var", "t8"}, {"var", "t8"}, {"sleep",
        0, "s19"}}, false}, -1}}, {"await", {"sleep", 3, "s20"}}, {"try", {"wait_for", {"wait_for",
        {"var", "t8"}, 1}, false}}, {"return", "r21"}}},
      {"soon", {{"cancel", "t11"}}},
    },
    log = [=[
root starts; root l3; root ends; t8 starts; t11 starts; t11 cancel t8 true; t11 cancel f12 true;
t18 starts; soon cancel t11 true; timer l6; timer l7; t8 raises Cancelled; c14 starts;
t11 raises Cancelled; c14 got s15; c14 raises e16; t18 raises Timeout; f12 cancelled; f9 cancelled;
t11 cancelled 1; t18 failed Timeout 0; t8 cancelled 3; root nil 0]=],
  },
  {
    program = {
      {"await", {"sleep", 1, "s1"}},
      {"let", "g2", {"shield", {"wait_for", {"coro", "c3", {}}, 0.5}}},
      {"state", "g2"},
      {"fut", "f10"},
      {"later", 0, {{"cancel", "g2"}, {"log", "l11"}}},
      {"spawn", "t12", {{"return", "r14"}}},
      {"finally", {{"await", {"var", "t12"}}, {"spawn", "t15", {{"log", "l16"}, {"try", {"gather",
        {{"var", "f10"}, {"sleep", 0, "s17"}, {"coro", "c18", {{"soon", {{"cancel", "f10"}, {"set",
        "f10", "x19"}}}, {"raise", "e20"}}}}, true}}}}, {"later", 0.5, {{"cancel", "f10"},
        {"cancel", "f10"}}}, {"return", "r22"}}, {{"state", "t12"}, {"spawn", "t23",
        {{"cancel_self"}, {"await", {"var", "f10"}}}}, {"return", "r24"}}},
      {"fail", "f10", "x25"},
      {"log", "l26"},
      {"await", {"shield", {"shield", {"gather", {{"var", "g2"}}, true}}}},
      {"return", "r27"},
    },
    log = [=[
root starts; root got s1; root g2 pending; c3 starts; c3 ends; t12 starts; t12 ends;
timer cancel g2 true; timer l11; root got r14; root finally; root t12 result r14 0; root l26;
root got [Cancelled]; root ends; t15 starts; t15 l16; t23 starts; t23 self cancel true;
t23 raises x25; c18 starts; c18 raises e20; soon cancel f10 false; t15 got [x25 s17 e20]; t15 ends;
f10 failed x25; g2 cancelled; t12 result r14 0; t15 result nil 0; t23 failed x25 1; root r27 1]=],
  },
  {
    program = {
      {"try", {"gather", {{"coro", "c1", {{"await", {"gather", {{"coro", "c4", {{"later", 0,
        {{"log", "l5"}, {"log", "l6"}}}, {"return", "r7"}}}, {"sleep", 0, "s8"}}, true}},
        {"finally", {{"ticker", 2, "k9"}}, {{"try", {"sleep", 0, "s10"}}}}, {"raise", "e11"}}},
        {"shield", {"sleep", 1.5, "s12"}}, {"sleep", 0, "s13"}}, true}},
      {"log", "l14"},
      {"soon", {{"log", "l15"}, {"log", "l16"}}},
      {"spawn", "t17", {{"finally", {{"fut", "f18"}, {"return", "r19"}}, {{"as_completed",
        {{"sleep", 0, "s20"}}, false}, {"as_completed", {{"coro", "c21", {{"await", {"sleep", 0,
        "s22"}}, {"return", "r23"}}}, {"sleep", 0, "s24"}, {"sleep", 3, "s25"}}, 2}}}, {"log",
        "l26"}, {"fut", "f29"}, {"raise", "e30"}}},
      {"state", "t17"},
      {"log", "l31"},
      {"raise", "e32"},
    },
    log = [=[
root starts; c1 starts; c4 starts; c4 ends; timer l5; timer l6; c1 got [r7 s8]; c1 finally;
k9 tick 1; c1 got s10; c1 raises e11; k9 tick 2; root got [e11 s12 s13]; root l14;
root t17 pending 0; root l31; root raises e32; soon l15; soon l16; t17 starts; t17 finally;
t17 item s20; c21 starts; c21 got s22; c21 ends; t17 item r23; t17 item s24;
t17 item raised Timeout; t17 l26; t17 raises e30; f18 result settled; f29 result settled;
t17 failed e30 0; root e32 3.5]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"sleep", 0, "s1"}, false}},
      {"log", "l2"},
      {"as_completed", {{"coro", "c3", {{"try", {"shield", {"sleep", 1.5, "s4"}}}, {"await",
        {"sleep", 3, "s5"}}, {"await", {"sleep", 0, "s6"}}}}, {"shield", {"coro", "c7", {{"try",
        {"coro", "c8", {{"try_cancellable", {"coro", "c9", {{"cancel_self"}, {"raise", "e10"}}}},
        {"raise", "e11"}}}}, {"log", "l12"}, {"return", "r13"}}}}}, 2, true},
      {"await", {"gather", {{"gather", {{"sleep", 1.5, "s14"}, {"sleep", 1.5, "s15"}}, false},
        {"gather", {{"gather", {}, false}, {"sleep", 2, "s16"}, {"sleep", 0, "s17"}}, true},
        {"sleep", 0, "s18"}}, true}},
      {"try", {"sleep", 0, "s19"}},
      {"try", {"gather", {}, false}},
      {"await", {"wait_for", {"gather", {{"gather", {{"sleep", 1, "s20"}, {"coro", "c21", {{"fut",
        "f22"}, {"return", "r23"}}}}, false}, {"sleep", 0, "s24"}}, false}, 0}},
      {"spawn", "t25", {{"later", 1, {{"log", "l26"}, {"log", "l27"}}}, {"try", {"sleep", 0,
        "s28"}}, {"later", 0, {{"log", "l29"}}}, {"return", "r30"}}},
      {"try", {"var", "t25"}},
      {"return", "r31"},
    },
    log = [=[
root starts; root got s1; root l2; c7 starts; c8 starts; c9 starts; c9 self cancel true;
c9 raises e10; c8 caught e10 0; c8 raises e11; c7 caught e11 0; c7 l12; c7 ends; c3 starts;
root item Cancelled; c3 got s4; root items Timeout; root got [[s14 s15] [[] s16 s17] s18];
root got s19; root got []; root raises Timeout; root Timeout 4]=],
  },
  {
    program = {
      {"await", {"gather", {{"sleep", 0, "s1"}, {"sleep", 0, "s2"}, {"wait_for", {"sleep", 0,
        "s3"}, 0.5}}, false}},
      {"try_cancellable", {"sleep", 0, "s4"}},
      {"spawn", "t5", {{"cancel_self"}, {"ticker", 2, "k6"}, {"try", {"shield", {"wait_for",
        {"coro", "c7", {{"await", {"sleep", 2, "s8"}}}}, 1}}}, {"return", "r9"}}},
      {"log", "l10"},
      {"fut", "f11"},
      {"cancel_self"},
      {"finally", {{"set", "f11", "x12"}, {"cancel", "f11"}, {"await", {"sleep", 3, "s13"}},
        {"try", {"wait", {"f11", "f11"}, 0, "FIRST_EXCEPTION"}}, {"as_completed", {{"gather", {},
        true}, {"gather", {{"var", "t5"}, {"coro", "c14", {}}, {"coro", "c16", {{"fut", "f17"}}}},
        false}, {"wait", {"f11", "f11"}, false, "FIRST_COMPLETED"}}, 2}}, {{"try_cancellable",
        {"gather", {{"var", "f11"}}, false}}, {"await", {"sleep", 3, "s18"}}, {"return", "r19"}}},
      {"raise", "e20"},
    },
    log = [=[
root starts; root got [s1 s2 s3]; root got s4; root l10; root self cancel true;
root cancel f11 false; t5 starts; t5 self cancel true; root finally; root got [x12]; k6 tick 1;
c7 starts; t5 caught Cancelled 0; t5 ends; k6 tick 2; c7 raises Cancelled; root got s18;
root raises Cancelled; f11 result x12; t5 result r9 1; root Cancelled 3]=],
  },
  {
    program = {
      {"try_cancellable", {"wait_for", {"wait_for", {"shield", {"coro", "c1", {{"await", {"sleep",
        0, "s2"}}, {"raise", "e3"}}}}, 0.5}, 1}},
      {"spawn", "t4", {{"spawn", "t5", {{"fut", "f6"}, {"return", "r7"}}}, {"ticker", 3, "k8"},
        {"let", "g9", {"gather", {}, true}}, {"raise", "e10"}}},
      {"try", {"wait_for", {"shield", {"var", "t4"}}, -1}},
      {"try", {"gather", {{"coro", "c11", {{"try", {"gather", {}, true}}, {"soon", {{"cancel",
        "t4"}}}, {"later", 3, {{"cancel", "t4"}, {"callback", "t4", "cb12"}}}}}, {"wait_for",
        {"gather", {{"var", "t4"}, {"coro", "c13", {}}}, true}, false}}, true}},
      {"fut", "f16"},
      {"fut", "f17"},
      {"await", {"sleep", 1, "s18"}},
      {"soon", {{"set", "f16", "x19"}}},
      {"fut", "f20"},
      {"await", {"sleep", 3, "s21"}},
      {"await", {"shield", {"wait_for", {"wait_for", {"var", "f16"}, 2}, 0.5}}},
      {"return", "r22"},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 raises e3; root caught e3 0; t4 starts; t4 raises e10;
t5 starts; t5 ends; k8 tick 1; root caught Timeout 0; k8 tick 2; c13 starts; c13 ends; c11 starts;
c11 got []; c11 ends; k8 tick 3; soon cancel t4 false; root got [nil [e10 nil]]; root got s18;
timer cancel t4 false; callback cb12; root got s21; root got x19; root ends; f16 result x19;
f17 result settled; f20 result settled; f6 result settled; g9 result []; t4 failed e10 0;
t5 result r7 0; root r22 4]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"finally", {{"spawn", "t2", {{"await", {"wait_for", {"coro", "c3", {{"await", {"sleep", 1.5,
        "s4"}}, {"raise", "e5"}}}, 0}}, {"return", "r6"}}}, {"try_cancellable", {"var", "f1"}},
        {"await", {"sleep", 0, "s7"}}, {"return", "r8"}}, {{"try_cancellable", {"gather", {{"coro",
        "c9", {{"fut", "f10"}}}, {"var", "f1"}}, false}}, {"spawn", "t12", {{"as_completed",
        {{"var", "f1"}, {"sleep", 0, "s13"}}, false}}}}},
      {"uncancel"},
      {"await", {"sleep", 2, "s14"}},
      {"state", "f1"},
      {"spawn", "t16", {{"let", "g17", {"gather", {{"sleep", 1, "s18"}, {"var", "f1"}, {"var",
        "f1"}}, false}}, {"try", {"var", "f1"}}, {"let", "g19", {"gather", {{"var", "f1"},
        {"sleep", 3, "s20"}, {"sleep", 1.5, "s21"}}, false}}}, true},
      {"await", {"sleep", 2, "s22"}},
      {"return", "r23"},
    },
    log = [=[
root starts; t2 starts; t2 raises Timeout; root got settled; root got s7; root finally; c9 starts;
c9 ends; root got [nil settled]; root uncancel 0; t12 starts; t12 item settled; t12 item s13;
t12 ends; root got s14; root f1 result settled; t16 starts; t16 got settled; t16 ends; root got s22;
root ends; f1 result settled; f10 result settled; g17 result [s18 settled settled]; g19 pending;
t12 result nil 0; t16 result nil 0; t2 failed Timeout 0; root r23 54]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try", {"wait_for", {"coro", "c2", {{"await", {"sleep", 0, "s3"}}}}, 1.5}},
        {"finally", {{"uncancel"}, {"spawn", "t4", {{"await", {"sleep", 2, "s5"}}, {"raise",
        "e6"}}}, {"await", {"wait_for", {"sleep", 0, "s7"}, 1}}, {"return", "r8"}}, {{"try",
        {"sleep", 3, "s14"}}}}, {"ticker", 3, "k15"}, {"await", {"sleep", 0, "s16"}}, {"return",
        "r17"}}},
      {"fut", "f18"},
      {"soon", {{"set", "f18", "x19"}, {"cancel", "f18"}}},
      {"let", "g20", {"shield", {"wait_for", {"var", "f18"}, 1}}},
      {"state", "g20"},
      {"soon", {{"log", "l22"}}},
      {"later", 1, {{"cancel", "g20"}, {"log", "l23"}}},
      {"soon", {{"cancel", "t1"}, {"cancel", "t1"}}},
      {"await", {"var", "f18"}},
      {"raise", "e24"},
    },
    log = [=[
root starts; root g20 pending; t1 starts; c2 starts; soon cancel f18 false; soon l22;
soon cancel t1 true; soon cancel t1 true; c2 raises Cancelled; t1 caught Cancelled 0; t1 uncancel 1;
root got x19; root raises e24; t4 starts; t1 got s7; t1 finally; timer cancel g20 false; timer l23;
t4 got s5; t4 raises e6; t1 got s14; k15 tick 1; t1 got s16; t1 ends; k15 tick 2; k15 tick 3;
f18 result x19; g20 result x19; t1 result r17 1; t4 failed e6 0; root e24 3]=],
  },
  {
    program = {
      {"log", "l1"},
      {"as_completed", {{"sleep", 0, "s2"}, {"coro", "c3", {{"await", {"sleep", 1.5, "s4"}},
        {"try", {"shield", {"coro", "c5", {{"ticker", 4, "k6"}, {"return", "r7"}}}}}, {"raise",
        "e8"}}}, {"shield", {"sleep", 1.5, "s9"}}}, 2},
      {"await", {"gather", {{"sleep", 1.5, "s10"}, {"shield", {"gather", {{"coro", "c11",
        {{"as_completed", {{"coro", "c12", {{"raise", "e13"}}}, {"sleep", 3, "s14"}, {"sleep", 1,
        "s15"}}, 0}, {"return", "r16"}}}}, false}}, {"shield", {"wait_for", {"coro", "c17",
        {{"later", 1, {{"log", "l18"}}}}}, 2}}}, true}},
      {"as_completed", {{"shield", {"wait_for", {"sleep", 0, "s22"}, 5}}, {"coro", "c23",
        {{"try_cancellable", {"wait_for", {"coro", "c26", {{"await", {"sleep", 0, "s27"}},
        {"raise", "e28"}}}, 0}}}}}, 0, true},
      {"try", {"wait_for", {"wait_for", {"coro", "c29", {}}, 2}, false}},
      {"log", "l36"},
      {"log", "l37"},
      {"soon", {{"log", "l38"}}},
      {"return", "r39"},
    },
    log = [=[
root starts; root l1; c3 starts; root item s2; c3 got s4; c5 starts; c5 ends; k6 tick 1;
root item s9; k6 tick 2; c3 got r7; c3 raises e8; k6 tick 3; k6 tick 4; root item raised e8;
c11 starts; c17 starts; c17 ends; c12 starts; c12 raises e13; c11 item raised Timeout;
c11 item raised Timeout; c11 item raised Timeout; c11 ends; timer l18; root got [s10 [r16] nil];
c23 starts; root items Timeout; c29 starts; c29 ends; root got nil; root l36; root l37; root ends;
soon l38; c23 caught Timeout 3; c23 ends; root r39 3]=],
  },
  {
    program = {
      {"spawn", "t1", {{"log", "l2"}, {"log", "l3"}, {"await", {"wait_for", {"wait_for", {"coro",
        "c4", {{"await", {"sleep", 0, "s5"}}, {"return", "r6"}}}, 2}, 0}}, {"later", 1, {{"log",
        "l7"}, {"log", "l8"}}}, {"raise", "e9"}}},
      {"await", {"sleep", 0, "s10"}},
      {"let", "g11", {"gather", {}, true}},
      {"log", "l12"},
      {"log", "l13"},
      {"spawn", "t14", {{"await", {"sleep", 2, "s15"}}, {"await", {"sleep", 1.5, "s17"}},
        {"return", "r18"}}},
      {"try", {"gather", {{"gather", {{"coro", "c19", {{"soon", {}}, {"return", "r20"}}}, {"coro",
        "c21", {{"await", {"sleep", 1, "s22"}}, {"return", "r23"}}}}, true}, {"gather",
        {{"wait_for", {"var", "g11"}, 0}, {"sleep", 0, "s24"}, {"shield", {"var", "g11"}}}, true}},
        true}},
      {"soon", {}},
      {"spawn", "t25", {{"finally", {{"finally", {{"spawn", "t26", {{"cancel", "t14"}, {"raise",
        "e27"}}}}, {{"try_cancellable", {"var", "g11"}}}}}, {{"as_completed", {{"var", "t1"},
        {"var", "t14"}}, false, true}, {"await", {"var", "t14"}}, {"raise", "e28"}}}, {"callback",
        "t1", "cb29"}, {"try", {"var", "g11"}}}, true},
      {"later", 0, {}},
      {"return", "r30"},
    },
    log = [=[
root starts; t1 starts; t1 l2; t1 l3; root got s10; root l12; root l13; t14 starts; c19 starts;
c19 ends; c21 starts; t1 raises Timeout; c21 got s22; c21 ends; root got [[r20 r23] [[] s24 []]];
t25 starts; t25 finally; t25 got []; t25 finally; root ends; t26 starts; t26 cancel t14 true;
t26 raises e27; t14 raises Cancelled; t25 item Timeout; t25 item Cancelled; t25 raises Cancelled;
g11 result []; t1 failed Timeout 0; t14 cancelled 1; t25 cancelled 0; t26 failed e27 0;
root r30 1]=],
  },
  {
    program = {
      {"spawn", "t1", {{"try", {"wait_for", {"wait_for", {"coro", "c2", {{"await", {"sleep", 0,
        "s3"}}, {"raise", "e4"}}}, 0.5}, false}}}, true},
      {"finally", {{"let", "g5", {"shield", {"sleep", 0, "s6"}}}}, {{"ticker", 1, "k7"}, {"return",
        "r8"}}},
      {"callback", "t1", "cb9"},
      {"await", {"coro", "c10", {{"spawn", "t11", {{"cancel", "t1"}, {"finally", {{"await",
        {"sleep", 0, "s12"}}, {"cancel", "t1"}, {"cancel", "t1"}, {"return", "r13"}}, {{"later", 2,
        {{"log", "l14"}}}, {"return", "r15"}}}}}, {"let", "g16", {"shield", {"var", "t11"}}},
        {"try", {"gather", {{"sleep", 0, "s17"}, {"gather", {{"var", "g16"}, {"var", "t11"},
        {"var", "t11"}}, false}, {"var", "g16"}}, true}}}}},
      {"try_cancellable", {"wait_for", {"wait", {"t1", "t1", "t1"}, 0, "FIRST_COMPLETED"}, 0.5}},
      {"soon", {}},
      {"soon", {{"cancel", "t1"}, {"callback", "t1", "cb18"}}},
      {"await", {"gather", {{"var", "t1"}, {"var", "t1"}, {"gather", {{"var", "t1"}}, true}},
        true}},
      {"callback", "t1", "cb19"},
      {"await", {"sleep", 0.5, "s20"}},
      {"callback", "t1", "cb21"},
    },
    log = [=[
root starts; t1 starts; c2 starts; root finally; c10 starts; c2 got s3; c2 raises e4;
t1 caught e4 0; t1 ends; k7 tick 1; t11 starts; t11 cancel t1 false; callback cb9; t11 got s12;
t11 cancel t1 false; t11 cancel t1 false; t11 finally; t11 ends; c10 got [s17 [nil nil nil] nil];
c10 ends; root got nil; root got d:t1 p:; root got [nil nil [nil]]; soon cancel t1 false;
callback cb19; callback cb18; root got s20; root ends; callback cb21; g16 result nil; g5 result s6;
t1 result nil 0; t11 result nil 0; root nil 0.5]=],
  },
  {
    program = {
      {"try", {"gather", {{"shield", {"gather", {{"coro", "c1", {{"fut", "f2"}, {"return", "r3"}}},
        {"sleep", 2, "s4"}}, true}}, {"sleep", 0, "s5"}, {"wait_for", {"wait_for", {"coro", "c6",
        {{"log", "l7"}, {"raise", "e8"}}}, false}, 1}}, true}},
      {"await", {"gather", {{"sleep", 0, "s16"}, {"gather", {{"wait_for", {"coro", "c17",
        {{"ticker", 1, "k18"}, {"return", "r19"}}}, 2}, {"wait_for", {"coro", "c20", {{"log",
        "l21"}}}, false}, {"shield", {"coro", "c22", {}}}}, false}, {"sleep", 1.5, "s23"}}, false}},
      {"await", {"sleep", 0, "s24"}},
      {"cancel_self"},
      {"await", {"gather", {{"shield", {"sleep", 0, "s25"}}}, true}},
      {"log", "l26"},
      {"log", "l27"},
      {"log", "l28"},
    },
    log = [=[
root starts; c1 starts; c1 ends; c6 starts; c6 l7; c6 raises e8; root got [[r3 s4] s5 e8];
c22 starts; c22 ends; c17 starts; c17 ends; c20 starts; c20 l21; c20 ends; k18 tick 1;
root got [s16 [r19 nil nil] s23]; root got s24; root self cancel true; root raises Cancelled;
f2 result settled; root Cancelled 3.5]=],
  },
  {
    program = {
      {"await", {"gather", {{"shield", {"shield", {"coro", "c1", {{"await", {"sleep", 2,
        "s2"}}}}}}}, false}},
      {"await", {"sleep", 0, "s3"}},
      {"try_cancellable", {"wait_for", {"shield", {"wait_for", {"coro", "c4", {{"try_cancellable",
        {"sleep", 1, "s5"}}}}, 1}}, 1}},
      {"fut", "f6"},
      {"state", "f6"},
      {"spawn", "t7", {{"soon", {{"cancel", "f6"}, {"callback", "f6", "cb8"}}}, {"try", {"gather",
        {{"sleep", 2, "s9"}, {"coro", "c10", {{"try", {"sleep", 1, "s11"}}, {"callback", "f6",
        "cb12"}, {"cancel", "f6"}}}, {"wait", {"f6", "f6", "f6"}, false, "FIRST_EXCEPTION"}},
        false}}}},
      {"return", "r13"},
    },
    log = [=[
root starts; c1 starts; c1 got s2; c1 ends; root got [nil]; root got s3; c4 starts;
root caught Timeout 3; root f6 pending; root ends; c4 raises Cancelled; t7 starts;
soon cancel f6 true; c10 starts; callback cb8; c10 got s11; c10 cancel f6 false; c10 ends;
callback cb12; t7 got [s9 nil d:f6 p:]; t7 ends; f6 cancelled; t7 result nil 0; root r13 5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"log", "l2"},
      {"set", "f1", "x3"},
      {"cancel", "f1"},
      {"fut", "f4"},
      {"try", {"var", "f1"}},
      {"await", {"gather", {{"var", "f4"}}, false}},
      {"await", {"coro", "c5", {{"await", {"gather", {{"var", "f4"}, {"wait_for", {"var", "f4"},
        false}, {"shield", {"var", "f1"}}}, true}}, {"cancel", "f1"}, {"spawn", "t8", {{"spawn",
        "t9", {{"callback", "f4", "cb10"}}}, {"later", 2, {{"callback", "f1", "cb11"}}},
        {"cancel_self"}, {"raise", "e12"}}, true}, {"return", "r13"}}}},
      {"soon", {{"log", "l14"}, {"set", "f4", "x15"}}},
      {"ticker", 4, "k16"},
    },
    log = [=[
root starts; root l2; root cancel f1 false; root got x3; root got [settled]; c5 starts;
c5 got [settled settled x3]; c5 cancel f1 false; t8 starts; t8 self cancel true; t8 raises e12;
c5 ends; root got r13; root ends; t9 starts; t9 ends; soon l14; k16 tick 1; callback cb10;
k16 tick 2; f1 result x3; f4 result settled; t8 failed e12 1; t9 result nil 0; root nil 50;
k16 tick 3]=],
  },
  {
    program = {
      {"try", {"wait_for", {"gather", {}, false}, 1}},
      {"try_cancellable", {"gather", {{"wait_for", {"gather", {{"sleep", 0, "s1"}, {"coro", "c2",
        {{"return", "r5"}}}}, false}, 2}}, false}},
      {"later", 0, {{"log", "l6"}}},
      {"let", "g7", {"shield", {"sleep", 0, "s8"}}},
      {"await", {"wait", {"g7", "g7"}, 2, "FIRST_COMPLETED"}},
      {"spawn", "t9", {{"cancel", "g7"}, {"cancel", "g7"}, {"cancel", "g7"}, {"try", {"var",
        "g7"}}, {"raise", "e10"}}},
      {"fut", "f11"},
      {"cancel", "f11"},
      {"log", "l13"},
      {"try", {"var", "g7"}},
      {"cancel_self"},
      {"return", "r15"},
    },
    log = [=[
root starts; root got []; c2 starts; c2 ends; root got [[s1 r5]]; timer l6; root got d:g7 p:;
root cancel f11 true; root l13; root got s8; root self cancel true; root ends; t9 starts;
t9 cancel g7 false; t9 cancel g7 false; t9 cancel g7 false; t9 got s8; t9 raises e10; f11 cancelled;
g7 result s8; t9 failed e10 0; root Cancelled 0]=],
  },
  {
    program = {
      {"try_cancellable", {"gather", {{"sleep", 0, "s1"}, {"wait_for", {"gather", {{"coro", "c2",
        {{"raise", "e6"}}}, {"coro", "c7", {{"fut", "f8"}, {"raise", "e9"}}}, {"sleep", 1, "s10"}},
        true}, 1.5}, {"shield", {"wait_for", {"coro", "c11", {{"soon", {{"log", "l12"}}},
        {"return", "r13"}}}, 1}}}, false}},
      {"log", "l14"},
      {"log", "l15"},
      {"ticker", 4, "k16"},
      {"ticker", 2, "k17"},
      {"fut", "f18"},
      {"log", "l19"},
      {"await", {"shield", {"var", "f18"}}},
      {"try_cancellable", {"gather", {{"wait_for", {"sleep", 3, "s20"}, 1.5}}, true}},
      {"try", {"gather", {{"var", "f18"}, {"shield", {"gather", {{"var", "f18"}}, true}}, {"var",
        "f18"}}, false}},
      {"spawn", "t21", {{"await", {"sleep", 0, "s22"}}, {"try_cancellable", {"var", "f18"}}}, true},
      {"let", "g23", {"gather", {{"gather", {{"sleep", 0, "s24"}}, true}, {"sleep", 0, "s25"}},
        true}},
      {"try_cancellable", {"wait", {"t21", "t21", "f18"}, 0, "FIRST_COMPLETED"}},
      {"cancel", "f18"},
      {"cancel_self"},
    },
    log = [=[
root starts; c2 starts; c2 raises e6; c7 starts; c7 raises e9; c11 starts; c11 ends; soon l12;
root got [s1 [e6 e9 s10] r13]; root l14; root l15; root l19; k16 tick 1; k17 tick 1; k16 tick 2;
k17 tick 2; k16 tick 3; k16 tick 4; root got settled; root got [Timeout];
root got [settled [settled] settled]; t21 starts; t21 got s22; t21 got settled; t21 ends;
root got d:t21,f18 p:; root cancel f18 false; root self cancel true; root ends; f18 result settled;
f8 result settled; g23 result [[s24] s25]; t21 result nil 0; root Cancelled 51.5]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"fut", "f3"},
      {"later", 0, {{"cancel", "f3"}, {"cancel", "f3"}}},
      {"finally", {{"try", {"var", "f3"}}, {"later", 0, {{"cancel", "f3"}, {"set", "f1", "x4"}}},
        {"try", {"shield", {"shield", {"var", "f3"}}}}, {"later", 0.5, {{"log", "l5"}, {"cancel",
        "f1"}}}, {"return", "r7"}}, {{"await", {"sleep", 2, "s8"}}, {"return", "r9"}}},
      {"await", {"sleep", 1, "s10"}},
      {"soon", {{"fail", "f1", "x11"}, {"cancel", "f1"}}},
      {"await", {"sleep", 0, "s13"}},
      {"soon", {{"cancel", "f3"}}},
      {"await", {"wait_for", {"gather", {}, false}, -1}},
      {"state", "f3"},
    },
    log = [=[
root starts; timer cancel f3 true; timer cancel f3 false; root caught Cancelled 0;
root caught Cancelled 0; root finally; timer cancel f3 false; timer l5; timer cancel f1 false;
root got s8; root got s10; soon cancel f1 false; root got s13; root got []; root f3 cancelled;
root ends; soon cancel f3 false; f1 result x4; f3 cancelled; root nil 3]=],
  },
  {
    program = {
      {"soon", {{"log", "l1"}}},
      {"later", 0, {{"log", "l2"}}},
      {"try_cancellable", {"shield", {"gather", {{"wait_for", {"sleep", 0.5, "s3"}, 1}, {"gather",
        {{"coro", "c4", {{"await", {"sleep", 0.5, "s5"}}, {"raise", "e6"}}}, {"sleep", 1.5, "s7"}},
        true}}, false}}},
      {"try", {"coro", "c8", {{"as_completed", {{"gather", {{"sleep", 0, "s9"}, {"coro", "c10",
        {{"later", 0, {{"log", "l11"}}}, {"raise", "e12"}}}}, true}, {"wait_for", {"coro", "c13",
        {{"log", "l14"}, {"log", "l15"}}}, 1.5}}, 0}}}},
      {"spawn", "t16", {{"try", {"shield", {"sleep", 0.5, "s17"}}}, {"try", {"gather",
        {{"wait_for", {"sleep", 1, "s18"}, 1.5}}, true}}, {"await", {"sleep", 1, "s19"}}, {"raise",
        "e20"}}},
      {"as_completed", {{"gather", {{"wait", {"t16", "t16", "t16"}, false, "FIRST_EXCEPTION"},
        {"var", "t16"}}, false}}, false},
      {"spawn", "t21", {{"try", {"coro", "c22", {{"spawn", "t23", {{"later", 0, {{"cancel",
        "t16"}}}, {"raise", "e24"}}}}}}}},
      {"as_completed", {{"var", "t16"}, {"wait_for", {"gather", {{"coro", "c25", {{"log", "l26"},
        {"raise", "e27"}}}, {"var", "t16"}}, true}, 1.5}}, false},
      {"ticker", 4, "k28"},
      {"return", "r29"},
    },
    log = [=[
root starts; soon l1; c4 starts; timer l2; c4 got s5; c4 raises e6; root got [s3 [e6 s7]];
c8 starts; c10 starts; c10 raises e12; c13 starts; c13 l14; c13 l15; c13 ends;
c8 item raised Timeout; c8 item raised Timeout; c8 ends; root got nil; timer l11; t16 starts;
t16 got s17; t16 got [s18]; t16 got s19; t16 raises e20; root item raised e20; t21 starts;
c22 starts; c22 ends; t21 got nil; t21 ends; c25 starts; c25 l26; c25 raises e27; t23 starts;
t23 raises e24; root item raised e20; timer cancel t16 false; root item [e27 e20]; root ends;
k28 tick 1; k28 tick 2; t16 failed e20 0; t21 result nil 0; t23 failed e24 0; root r29 4;
k28 tick 3]=],
  },
  {
    program = {
      {"await", {"gather", {}, true}},
      {"try_cancellable", {"shield", {"gather", {{"wait_for", {"coro", "c1", {}}, -1}, {"shield",
        {"coro", "c2", {{"log", "l3"}, {"raise", "e4"}}}}}, false}}},
      {"try_cancellable", {"sleep", 0, "s5"}},
      {"try", {"sleep", 0, "s6"}},
      {"as_completed", {{"shield", {"coro", "c7", {{"fut", "f8"}, {"soon", {{"fail", "f8", "x9"}}},
        {"raise", "e10"}}}}, {"shield", {"gather", {{"sleep", 0, "s11"}}, true}}}, 1},
      {"try_cancellable", {"coro", "c12", {{"log", "l13"}, {"await", {"sleep", 0, "s14"}},
        {"return", "r15"}}}},
    },
    log = [=[
root starts; root got []; c2 starts; c2 l3; c2 raises e4; root caught e4 0; root got s5;
root got s6; c7 starts; c7 raises e10; root item raised e10; root item [s11]; c12 starts; c12 l13;
c12 got s14; c12 ends; root got r15; root ends; f8 failed x9; root nil 0]=],
  },
  {
    program = {
      {"spawn", "t3", {{"log", "l4"}}},
      {"soon", {{"callback", "t3", "cb5"}}},
      {"cancel_self"},
      {"fut", "f6"},
      {"spawn", "t7", {{"as_completed", {{"wait_for", {"sleep", 0, "s8"}, false}, {"gather", {},
        false}, {"var", "f6"}}, 1, true}, {"log", "l9"}, {"cancel", "t3"}, {"try", {"gather",
        {{"gather", {{"var", "t3"}, {"var", "f6"}}, false}, {"var", "t3"}}, true}}, {"return",
        "r10"}}, true},
      {"as_completed", {{"shield", {"coro", "c11", {{"soon", {{"set", "f6", "x12"}, {"cancel",
        "f6"}}}}}}, {"var", "t7"}, {"wait_for", {"sleep", 1.5, "s13"}, false}}, 1},
      {"try_cancellable", {"shield", {"wait", {"t7"}, false, "ALL_COMPLETED"}}},
      {"log", "l14"},
      {"await", {"var", "t3"}},
    },
    log = [=[
root starts; root self cancel true; t7 starts; t3 starts; t3 l4; t3 ends; c11 starts; c11 ends;
root raises Cancelled; callback cb5; t7 item []; soon cancel f6 false; t7 item s8; t7 item x12;
t7 l9; t7 cancel t3 false; t7 got [[nil x12] nil]; t7 ends; f6 result x12; t3 result nil 0;
t7 result r10 0; root Cancelled 0]=],
  },
  {
    program = {
      {"try", {"sleep", 0, "s1"}},
      {"await", {"shield", {"wait_for", {"gather", {{"sleep", 1.5, "s2"}, {"sleep", 0, "s3"}},
        false}, 5}}},
      {"try", {"wait_for", {"sleep", 3, "s4"}, 0}},
      {"spawn", "t5", {{"finally", {{"spawn", "t6", {}}, {"await", {"sleep", 1, "s9"}}, {"fut",
        "f10"}, {"raise", "e11"}}, {{"log", "l12"}, {"log", "l13"}}}, {"spawn", "t14", {{"fut",
        "f15"}, {"set", "f15", "x16"}, {"cancel", "f15"}, {"log", "l17"}, {"cancel", "f15"}}},
        {"raise", "e19"}}},
      {"let", "g20", {"shield", {"wait_for", {"var", "t5"}, 2}}},
      {"spawn", "t21", {{"soon", {}}, {"finally", {}, {{"state", "g20"}}}, {"raise", "e22"}}},
      {"try_cancellable", {"shield", {"wait", {"t21", "t21"}, false, "FIRST_COMPLETED"}}},
      {"as_completed", {{"coro", "c23", {{"try", {"shield", {"var", "g20"}}}, {"return", "r24"}}}},
        1, true},
      {"spawn", "t25", {{"let", "g26", {"shield", {"sleep", 0.5, "s27"}}}, {"soon", {{"cancel",
        "g26"}, {"cancel", "t21"}}}, {"finally", {{"as_completed", {{"var", "g20"}}, 1}, {"return",
        "r28"}}, {{"state", "g20"}, {"try", {"var", "t21"}}}}}},
      {"as_completed", {{"gather", {{"var", "t5"}}, false}, {"gather", {}, true}}, false},
      {"as_completed", {{"gather", {{"var", "t25"}, {"gather", {{"var", "g20"}, {"coro", "c29",
        {{"return", "r32"}}}}, false}, {"shield", {"coro", "c33", {{"await", {"sleep", 1.5,
        "s34"}}, {"return", "r35"}}}}}, false}}, 0, true},
      {"cancel", "g20"},
      {"log", "l36"},
      {"raise", "e37"},
    },
    log = [=[
root starts; root got s1; root got [s2 s3]; root caught Timeout 1.5; t5 starts; t21 starts;
t21 finally; t21 g20 pending; t21 raises e22; t6 starts; t6 ends; root got d:t21 p:; c23 starts;
t5 got s9; t5 finally; t5 l12; t5 l13; t5 raises e11; root items Timeout; t25 starts;
soon cancel g26 true; soon cancel t21 false; root item raised e11; root item []; c29 starts;
c29 ends; c33 starts; c23 caught e11 2.5; c23 ends; t25 item raised e11; t25 finally;
t25 g20 failed e11; t25 caught e22 2.5; t25 ends; root item e11; root cancel g20 false; root l36;
root raises e37; f10 result settled; g20 failed e11; g26 cancelled; t21 failed e22 0;
t25 result nil 0; t5 failed e11 0; t6 result nil 0; root e37 2.5]=],
  },
  {
    program = {
      {"log", "l1"},
      {"fut", "f2"},
      {"try_cancellable", {"sleep", 0, "s3"}},
      {"await", {"var", "f2"}},
      {"as_completed", {{"sleep", 0, "s4"}}, 2},
      {"as_completed", {{"gather", {{"wait_for", {"var", "f2"}, 5}, {"coro", "c5", {{"await",
        {"sleep", 3, "s6"}}, {"return", "r7"}}}, {"wait_for", {"coro", "c8", {{"later", 1,
        {{"cancel", "f2"}, {"callback", "f2", "cb9"}}}}}, 1}}, false}, {"coro", "c10", {{"state",
        "f2"}, {"spawn", "t11", {{"await", {"sleep", 0, "s12"}}, {"raise", "e13"}}},
        {"as_completed", {{"var", "f2"}}, false}, {"raise", "e14"}}}, {"gather", {{"var", "f2"},
        {"coro", "c15", {{"try", {"var", "f2"}}, {"uncancel"}, {"return", "r16"}}}, {"wait_for",
        {"var", "f2"}, 0.5}}, false}}, false, true},
      {"log", "l17"},
      {"cancel", "f2"},
      {"raise", "e18"},
    },
    log = [=[
root starts; root l1; root got s3; root got settled; root item s4; c5 starts; c8 starts; c8 ends;
c15 starts; c15 got settled; c15 uncancel 0; c15 ends; c10 starts; c10 f2 result settled;
t11 starts; t11 got s12; t11 raises e13; c10 item settled; c10 raises e14;
root item [settled r16 settled]; root item e14; timer cancel f2 false; callback cb9; c5 got s6;
c5 ends; root item [settled r7 nil]; root l17; root cancel f2 false; root raises e18;
f2 result settled; t11 failed e13 0; root e18 53]=],
  },
  {
    program = {
      {"spawn", "t1", {}, true},
      {"try", {"gather", {{"wait_for", {"var", "t1"}, 0.5}, {"coro", "c7", {{"cancel", "t1"},
        {"ticker", 3, "k8"}}}}, true}},
      {"log", "l9"},
      {"try", {"wait_for", {"wait_for", {"gather", {{"var", "t1"}}, true}, 1}, 2}},
      {"cancel", "t1"},
      {"state", "t1"},
      {"later", 0, {{"log", "l10"}}},
      {"state", "t1"},
      {"as_completed", {{"var", "t1"}, {"var", "t1"}, {"wait_for", {"sleep", 3, "s11"}, false}},
        false, true},
      {"await", {"sleep", 3, "s12"}},
      {"return", "r13"},
    },
    log = [=[
root starts; t1 starts; t1 ends; c7 starts; c7 cancel t1 false; c7 ends; k8 tick 1; k8 tick 2;
root got [nil nil]; root l9; root got [nil]; root cancel t1 false; root t1 result nil 0;
root t1 result nil 0; k8 tick 3; timer l10; root item nil; root item s11; root got s12; root ends;
t1 result nil 0; root r13 6]=],
  },
  {
    program = {
      {"fut", "f1"},
      {"fail", "f1", "x2"},
      {"callback", "f1", "cb3"},
      {"await", {"sleep", 0, "s4"}},
      {"let", "g5", {"shield", {"wait_for", {"coro", "c6", {{"soon", {{"cancel", "f1"}, {"log",
        "l8"}}}}}, 0}}},
      {"await", {"sleep", 0, "s9"}},
      {"fut", "f10"},
      {"await", {"sleep", 0, "s11"}},
      {"try", {"shield", {"sleep", 0, "s12"}}},
      {"try", {"wait_for", {"shield", {"var", "f1"}}, -1}},
      {"await", {"shield", {"var", "f10"}}},
      {"await", {"sleep", 0, "s13"}},
      {"try", {"coro", "c14", {{"as_completed", {{"gather", {}, true}, {"var", "g5"}}, 2},
        {"try_cancellable", {"wait_for", {"var", "f1"}, 1}}, {"fut", "f15"}, {"raise", "e16"}}}},
    },
    log = [=[
root starts; callback cb3; root got s4; root got s9; root got s11; root got s12; root caught x2 0;
root got settled; root got s13; c14 starts; c14 item []; c14 item raised Timeout; c14 caught x2 50;
c14 raises e16; root caught e16 50; root ends; f1 failed x2; f10 result settled; f15 result settled;
g5 failed Timeout; root nil 50]=],
  },
  {
    program = {
      {"later", 0, {{"log", "l1"}}},
      {"try", {"wait_for", {"wait_for", {"shield", {"sleep", 1.5, "s2"}}, 5}, 2}},
      {"as_completed", {{"gather", {{"shield", {"coro", "c3", {{"log", "l4"}, {"return", "r5"}}}},
        {"coro", "c6", {{"await", {"sleep", 0, "s7"}}, {"raise", "e8"}}}, {"gather", {{"sleep", 0,
        "s9"}, {"sleep", 1, "s10"}}, false}}, true}, {"shield", {"wait_for", {"sleep", 1.5, "s11"},
        false}}}, false, true},
      {"fut", "f12"},
      {"cancel", "f12"},
      {"cancel", "f12"},
      {"ticker", 1, "k15"},
      {"try_cancellable", {"coro", "c16", {{"cancel", "f12"}, {"fut", "f18"}}}},
      {"uncancel"},
      {"as_completed", {{"var", "f12"}, {"wait_for", {"shield", {"var", "f12"}}, false}, {"sleep",
        1.5, "s19"}}, false, true},
      {"spawn", "t20", {{"await", {"gather", {{"shield", {"var", "f12"}}, {"gather", {{"sleep", 0,
        "s21"}, {"var", "f12"}, {"var", "f12"}}, false}, {"wait_for", {"var", "f12"}, 1}}, true}},
        {"try_cancellable", {"var", "f12"}}, {"cancel", "f12"}, {"cancel", "f12"}, {"raise",
        "e22"}}},
      {"spawn", "t23", {{"cancel", "t20"}, {"callback", "f12", "cb24"}, {"set", "f12", "x25"},
        {"uncancel"}, {"fut", "f26"}, {"return", "r27"}}},
      {"raise", "e29"},
    },
    log = [=[
root starts; timer l1; root got s2; c3 starts; c3 l4; c3 ends; c6 starts; c6 got s7; c6 raises e8;
root item [r5 e8 [s9 s10]]; root item s11; root cancel f12 true; root cancel f12 false; c16 starts;
c16 cancel f12 false; c16 ends; root got nil; root uncancel 0; k15 tick 1; root item Cancelled;
root item Cancelled; root item s19; root raises e29; t20 starts; t23 starts; t23 cancel t20 true;
t23 uncancel 0; t23 ends; callback cb24; t20 raises Cancelled; f12 cancelled; f18 result settled;
f26 result settled; t20 cancelled 1; t23 result r27 0; root e29 4.5]=],
  },
}
