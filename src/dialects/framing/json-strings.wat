;; Searches JSON strings 16 bytes at a time. `npm run wasm` writes the compiled form into json-strings.ts.
(module
  (memory (export "memory") 1)

  ;; Where the string whose text starts at $at is closed: the index of its quote. -1 where it is no string of RFC 8259:
  ;; a control character, an unknown escape, or no quote before $end. Whether the bytes are UTF-8 is not looked at.
  (func (export "closingQuote") (param $at i32) (param $end i32) (result i32)
    (local $block v128) (local $found i32) (local $byte i32) (local $digits i32)
    (loop $next
      (block $stop
        (loop $blocks
          (br_if $stop (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
          (local.set $block (v128.load (local.get $at)))
          (local.set $found
            (i8x16.bitmask
              (v128.or
                (v128.or
                  (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x22)))
                  (i8x16.eq (local.get $block) (i8x16.splat (i32.const 0x5c))))
                (i8x16.lt_u (local.get $block) (i8x16.splat (i32.const 0x20))))))
          (if (local.get $found)
            (then
              (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
              (br $stop)))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $blocks)))
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then (return (local.get $at))))
      (if (i32.lt_u (local.get $byte) (i32.const 0x20)) (then (return (i32.const -1))))
      (if (i32.ne (local.get $byte) (i32.const 0x5c))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
      ;; An escape. What stands behind $end is seen by the comparison above.
      (local.set $byte (i32.load8_u offset=1 (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      ;; n " \ t r / b f, the frequent ones first
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x6e)))
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x22)))
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x5c)))
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x74)))
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x72)))
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x2f)))
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x62)))
      (br_if $next (i32.eq (local.get $byte) (i32.const 0x66)))
      (if (i32.ne (local.get $byte) (i32.const 0x75)) (then (return (i32.const -1))))
      ;; Four digits of \u
      (local.set $digits (i32.add (local.get $at) (i32.const 4)))
      (if (i32.gt_u (local.get $digits) (local.get $end)) (then (return (i32.const -1))))
      (loop $digit
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.gt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 9))
          (then
            (if (i32.gt_u (i32.sub (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x61)) (i32.const 5))
              (then (return (i32.const -1))))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $digit (i32.lt_u (local.get $at) (local.get $digits))))
      (br $next))
    (unreachable)))
