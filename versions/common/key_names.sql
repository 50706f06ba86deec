-- In 1.7 the key is one string of quoted names, such as "id","Item,Id": a comma alone does not part them.
string_to_array(regexp_replace(v_table_pkey[1], '^"|"$', '', 'g'), '","')
